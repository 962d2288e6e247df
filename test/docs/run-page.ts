import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { folder } from '../helpers/artifacts.js'
import { s3Env, startS3 } from '../helpers/s3-server.js'
import { type Block, type Language, readBlocks } from './blocks.js'
import { checks } from './checks.js'
import { lasting } from './lasting.js'
import { makePageFolder, root } from './page-folder.js'
import type { PageRun, Place } from './pages.js'
import { programFor } from './programs.js'
import { freePort, splitAtServe, startServing } from './serving.js'
import { openTerminal, type Printed } from './terminal.js'

/** Folders of a clone that examples read from. */
const cloneFolders = /(?<=[ =(<])(cli\/workspace\/files\/data|docs\/tutorials\/sample)\//g

/**
 * Does what a reader does, in a folder of its own, block after block: writes the files of a page, runs its examples, and
 * compares what they print with what stands below them. At the end all blocks were done that are not marked as excerpts.
 *
 * `modelhost serve` goes on until the test ends, at a free port that takes the place of 8080. The bucket `my-models` is
 * there, and empty.
 *
 * @param page  its path from the folder of the project: `docs/http.md`
 */
export async function runPage(
  t: Test,
  page: string,
  { before, home = '/home/you/modelhost', isCloned }: PageRun,
): Promise<void> {
  const text = await readFile(join(root, page), 'utf8')
  const blocks = readBlocks(text)
  const { path, bin } = await makePageFolder(t, isCloned === true)
  const s3 = /s3:\/\/my-models(-dev)?\//.test(text) ? await startS3(t) : undefined
  const env = environment(path, bin, s3?.url)
  const terminal = await openTerminal(t, path, env)
  const place: Place = {
    path,
    names: [
      [path, home],
      [root, home],
    ],
    address: 'localhost:8080',
    s3,
  }
  await before?.(t, place)

  const typed = (script: string) =>
    place.names
      .reduce((rest, [here, there]) => rest.replaceAll(there, here), script)
      .replaceAll(/s3:\/\/my-models(-dev)?\//g, 's3://models/')
      .replaceAll(/(?:localhost|127\.0\.0\.1):8080/g, place.address)
      .replaceAll(cloneFolders, `${root}/$1/`)
  const shown = (printed: string) =>
    place.names
      .reduce((rest, [here, there]) => rest.replaceAll(here, there), printed)
      .replaceAll('s3://models/', 's3://my-models/')
      .replaceAll(place.address, '127.0.0.1:8080')
  let cwd = path
  const printed: string[] = []
  let last = ''

  /** Runs a script, with what it serves. */
  async function execute(script: string, merge: boolean): Promise<Printed> {
    const steps = splitAtServe(script)
    if (!steps) {
      const isServing = /^npx modelhost serve .*&$/m.test(script)
      if (isServing) place.address = `127.0.0.1:${await freePort()}`
      return terminal.run(typed(script).replaceAll('--port 8080', `--port ${place.address.split(':')[1]}`), merge)
    }
    const first = await terminal.run(typed(steps.before), merge)
    if (first.code !== 0) return first
    const host = await startServing(t, typed(steps.command), first.cwd, env)
    place.address = host.address
    await terminal.run(`export AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME=http://${host.address}`)
    const rest = await execute(steps.after, merge)
    return { ...rest, stdout: first.stdout + host.stdout + rest.stdout, stderr: first.stderr + rest.stderr }
  }

  /** @returns false where this machine has not what it takes */
  async function runExample(block: Block, expected: string | undefined): Promise<boolean> {
    const { script, lacks } = await programFor(block.language as Language, typed(block.text), cwd)
    const where = `${page}:${block.line}`
    if (lacks !== undefined) {
      t.pass(`${where} was not run: ${lacks}`)
      return false
    }
    const isError = /^modelhost: /m.test(expected ?? '')
    const result = await execute(script, isError || /^\d\d:\d\d:\d\d /m.test(expected ?? ''))
    if (result.code !== 0 && !isError) t.fail(`${where}: exit code ${result.code}\n${result.stderr}${result.stdout}`)
    cwd = result.cwd
    last = lasting(shown(result.stdout))
    printed.push(last, lasting(shown(result.stderr)))
    return true
  }

  const done: number[] = []
  let isRun = true
  for (const [i, block] of blocks.entries()) {
    const where = `${page}:${block.line}`
    if (block.role === 'excerpt') continue
    if (block.role === 'file') {
      const file = join(cwd, block.file!)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, typed(block.text))
    } else if (block.role === 'example') {
      const below = blocks[i + 1]
      isRun = await runExample(block, below?.role === 'output' ? below.text : undefined)
    } else if (block.role === 'output') {
      if (isRun) t.equal(last, lasting(block.text.replaceAll('localhost:8080', '127.0.0.1:8080')), where)
    } else if (block.role === 'printed') {
      t.same(missingLines(printed.join('\n'), lasting(block.text)), [], `${where}: an example above prints these lines`)
    } else {
      await checks[block.words[0]!]!(block.text, await folder(t))
    }
    done.push(block.line)
  }
  const unmarked = blocks.filter(({ role }) => role !== 'excerpt').map(({ line }) => line)
  t.same(done, unmarked, 'every block is done that is not marked as an excerpt')
}

/** Those of `wanted` that do not come in `text` behind the ones before. */
function missingLines(text: string, wanted: string): string[] {
  const lines = text.split('\n')
  let at = 0
  return wanted.split('\n').filter(line => {
    if (line.trim() === '') return false
    const found = lines.indexOf(line, at)
    if (found >= 0) at = found + 1
    return found < 0
  })
}

function environment(path: string, bin: string, s3: string | undefined): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, PATH, ...rest } = process.env
  const bucket = { MODELHOST_S3_ENDPOINT: s3, MODELHOST_S3_PATH_STYLE: 'true', MODELHOST_CACHE: join(path, '.cache') }
  return {
    ...rest,
    PATH: `${bin}:${PATH}`,
    MODELHOST_LANES: '2',
    ...(s3 === undefined ? {} : { ...bucket, ...s3Env, AWS_DEFAULT_REGION: s3Env.AWS_REGION }),
  }
}
