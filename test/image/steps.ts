import { cp, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { Test } from 'tap'
import { installNode } from './base.js'
import type { Image } from './image.js'
import { runFolder } from './places.js'
import { configOf, type Instruction, readRecipe } from './recipe.js'
import { run } from './run.js'

/**
 * Does the steps of the Dockerfile here, each stage in a folder that stands for its root: for machines without buildah. It is
 * possible since the paths of RUN lines are relative, but for some. The root lacks the base; `borrowed` lends this machine's.
 */
export async function buildBySteps(t: Pick<Test, 'teardown'>, dockerfile: string, context: string): Promise<Image> {
  const folder = await runFolder('steps')
  t.teardown(async () => {
    await makeWritable(folder)
    await rm(folder, { recursive: true, force: true })
  })
  const recipe = await readRecipe(dockerfile)
  const root = await doStages(recipe, context, folder)
  await installNode(join(root, 'usr', 'local'), { withNpm: false })
  for (const name of ['etc', 'root', 'tmp']) await mkdir(join(root, name))
  // This machine's /usr will lie over the one that was made, but for its part `local`.
  await rename(join(root, 'usr'), join(root, ownUsr))
  await mkdir(join(root, 'usr'))
  await symlink(`../${ownUsr}/local`, join(root, 'usr', 'local'))
  return makeImage(root, recipe, await borrowSystem(root))
}

/** For root all is, as in an engine; others may write in their own folders only where their mode says so. */
const makeWritable = (folder: string) => run('chmod', ['-R', 'u+w', folder])

const ownUsr = '.usr'

/** Programs and libraries of this machine: links that lead into /usr are made here, too, and folders borrowed. */
async function borrowSystem(root: string): Promise<string[]> {
  const folders = ['/usr']
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    const stats = await lstat(`/${name}`).catch(() => undefined)
    if (stats?.isSymbolicLink()) await symlink(await readlink(`/${name}`), join(root, name))
    else if (stats) folders.push(`/${name}`)
  }
  return folders
}

function makeImage(root: string, recipe: readonly Instruction[], folders: readonly string[]): Image {
  return {
    root,
    config: configOf(recipe),
    borrowed: { ...Object.fromEntries(folders.map(path => [path, path])), '/usr/local': join(root, ownUsr, 'local') },
    ownBytes: undefined,
    async derive(dockerfile, context) {
      const more = await readRecipe(dockerfile)
      const [folder, steps] = [await mkdtemp(`${root}-`), more.filter(({ keyword }) => keyword !== 'ARG')]
      await cp(root, folder, { recursive: true, verbatimSymlinks: true })
      await makeWritable(folder)
      for (const step of steps.slice(1)) await doStep(step, { root: folder, context, roots: new Map() })
      return makeImage(folder, recipe, folders)
    },
  }
}

interface Stage {
  readonly root: string
  readonly context: string
  /** Stage -> its root. */
  readonly roots: Map<string, string>
  workFolder?: string
}

/** @returns the root of the last stage */
async function doStages(recipe: readonly Instruction[], context: string, folder: string): Promise<string> {
  const roots = new Map<string, string>()
  let stage: Stage | undefined
  for (const step of recipe) {
    if (step.keyword === 'FROM') {
      const name = / AS (\w+)$/i.exec(step.text)?.[1] ?? 'last'
      stage = { root: join(folder, name), context, roots }
      roots.set(name, stage.root)
      await mkdir(stage.root)
    } else if (stage) await doStep(step, stage)
  }
  return stage!.root
}

async function doStep({ keyword, text }: Instruction, stage: Stage): Promise<void> {
  const within = (path: string) => join(stage.root, path.startsWith('/') ? path : join(stage.workFolder ?? '/', path))
  if (keyword === 'WORKDIR') {
    stage.workFolder = text
    await mkdir(within(text), { recursive: true })
  } else if (keyword === 'RUN') {
    // RUN lines may name these folders, other paths of theirs are relative.
    // Secrets of an engine are files of this machine's user here.
    const here = text
      .replace(/^(--mount=\S+\s+)+/, '')
      .replaceAll(/(?<=\s)\/(?=(build|opt|tmp)\/)/g, `${stage.root.replaceAll(' ', '\\ ')}/`)
    await run('sh', ['-c', `cd '${within('.')}' && ${here}`])
  } else if (keyword === 'COPY') {
    const from = /^--from=(\w+) /.exec(text)?.[1]
    const paths = text.replace(/^--from=\w+ /, '').split(' ')
    const to = paths.pop()!
    const source = from === undefined ? stage.context : stage.roots.get(from)!
    const isLeftOut = from === undefined ? await readIgnored(stage.context) : () => false
    for (const path of paths) {
      const target = to.endsWith('/') && !path.endsWith('/') ? join(within(to), basename(path)) : within(to)
      await mkdir(dirname(target), { recursive: true })
      await cp(join(source, path), target, { recursive: true, verbatimSymlinks: true, filter: one => !isLeftOut(one) })
    }
  }
}

/** What .dockerignore leaves out, of the forms in use here: `name`, `*.end`, and everything but `!name` at the top; and `**` before a name. */
async function readIgnored(context: string): Promise<(path: string) => boolean> {
  if (!(await readdir(context)).includes('.dockerignore')) return () => false
  const lines = (await readFile(join(context, '.dockerignore'), 'utf8'))
    .split('\n')
    .filter(line => /^[^#\s]/.test(line))
  return path => {
    const place = relative(context, path)
    const [top = ''] = place.split('/')
    const fits = (line: string) => {
      if (line === '*') return place !== '' && !lines.includes(`!${top}`)
      if (line.startsWith('**/')) return basename(place) === line.slice(3)
      return line.startsWith('*.') ? place === top && place.endsWith(line.slice(1)) : place === line
    }
    return lines.some(fits)
  }
}
