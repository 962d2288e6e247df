import { lstatSync, readFileSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { describeError } from '../core/errors.js'
import { parseS3Url } from '../core/store/s3/url.js'
import { didYouMean } from '../core/words.js'
import { CommandError, defineCommand, UsageError } from './command.js'
import { stageMark } from './workspace/input-data.js'
import { markedFile } from './workspace/marked-models.js'
import { newFiles, newModels } from './workspace/new-files.js'
import { projectName } from './workspace/plan/release-names.js'

const packageFile = new URL('../../package.json', import.meta.url)
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }

export const initCommand = defineCommand({
  name: 'init',
  summary: 'make a workspace of models, with all that a pipeline needs',
  description: [
    'Writes a folder of models that are trained together: their params and sample data, an image, a pipeline that brings',
    'them to a SageMaker multi-model endpoint, and a README that tells what each file is.',
    'A file that is there is never replaced. What was written, and what to do next, goes to stdout.',
  ].join('\n'),
  arguments: { DIR: { description: 'Folder of the workspace; made when it does not exist.' } },
  options: {
    project: { value: 'NAME', description: 'What names at AWS begin with (default: the name of the folder).' },
    bucket: {
      value: 'NAME',
      description: 'Bucket of training data; STAGE in it stands for the stage (default: PROJECT-data-STAGE).',
    },
    models: {
      value: 'LIST',
      description: `Models to begin with, of ${Object.keys(newModels).join(', ')} (default: all; with --add none where there are models).`,
    },
    add: { description: 'Write what is missing in a folder that has some of the files.' },
  },
  examples: {
    'modelhost init my-models': 'writes my-models, with a model of each type and data to train it on',
    'modelhost init my-models --models DocSim,NER --bucket facts-STAGE':
      'writes two models, whose data are in facts-dev',
    'modelhost init . --add': 'adds the pipeline to a folder that has models/ already',
  },
  async run({ DIR, project: givenProject, bucket: givenBucket, models: givenModels, add }) {
    if (DIR === '') throw new UsageError('DIR is empty. Name the folder of the workspace; "." is this one.')
    const folder = resolve(DIR)
    checkPlace(DIR, folder)
    const project = projectName(givenProject, basename(folder))
    const bucket = readBucket(givenBucket ?? `${project}-data-${stageMark}`)
    const hasModels = add && isThere(join(folder, markedFile))
    const models = readModels(givenModels ?? (hasModels ? '' : Object.keys(newModels).join(',')))
    const files = await newFiles({ project, bucket, models })
    const there = [...files.keys()].filter(name => isThere(join(folder, name)))
    if (there.length > 0 && !add) {
      throw new CommandError(
        `${DIR} has ${there.join(', ')} already. Nothing was written. Add what is missing with --add, or name another folder.`,
      )
    }
    const missing = [...files].filter(([name]) => !there.includes(name))
    for (const [name, content] of missing) await write(join(folder, name), content)
    process.stdout.write(
      describe(
        DIR,
        missing.map(([name]) => name),
        there,
      ),
    )
  },
})

/** @throws CommandError where there is, or further up, something that is no folder */
function checkPlace(given: string, folder: string): void {
  for (let path = folder; ; path = dirname(path)) {
    const place = isThere(path) ? statSync(path, { throwIfNoEntry: false }) : undefined
    if (place?.isDirectory()) return
    if (!place && !isThere(path)) continue
    if (path === folder) throw new CommandError(`${given} is no folder. Name another one.`)
    throw new CommandError(`${given} cannot be made: ${path} is no folder. Name another one.`)
  }
}

/** As something: a link that leads nowhere is in the way, too. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    // Below a file, or where nobody may look: whoever writes there is told.
    return false
  }
}

function readModels(list: string): string[] {
  const known = Object.keys(newModels)
  const names = list.split(',').map(name => name.trim())
  return [...new Set(names.filter(Boolean))].map(name => {
    if (known.includes(name)) return name
    throw new UsageError(
      `--models: there is no sample of "${name}".${didYouMean(name, known) || ` There are ${known.join(', ')}.`}`,
    )
  })
}

function readBucket(bucket: string): string {
  const place = parseS3Url(`s3://${bucket.replaceAll(stageMark, 'stage')}`)
  if (!('problem' in place) && place.key === '') return bucket
  throw new UsageError(
    `--bucket "${bucket}" is no name of a bucket: 3 to 63 small letters, digits, dots and hyphens, with STAGE for the stage.`,
  )
}

/** Fails where something came in between: nothing is replaced. */
async function write(path: string, content: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content, { flag: 'wx' })
  } catch (error) {
    throw new CommandError(`${path} cannot be written (${describeError(error)}).`, { cause: error })
  }
}

function describe(folder: string, written: readonly string[], kept: readonly string[]): string {
  const lines = [
    `Wrote ${written.length} file${written.length === 1 ? '' : 's'} into ${folder}:`,
    ...written.map(name => `  ${name}`),
  ]
  const added = written.flatMap(name => /^models\/([^/]+)\/inputData\.json$/.exec(name)?.[1] ?? [])
  if (kept.includes(markedFile) && added.length > 0)
    lines.push('', `Write them into ${markedFile}, with true, to have them trained: ${added.join(', ')}.`)
  if (kept.length > 0) lines.push('', 'Left as they were:', ...kept.map(name => `  ${name}`))
  const enter = resolve(folder) === process.cwd() ? [] : [`  cd ${/\s/.test(folder) ? `"${folder}"` : folder}`]
  const steps = [
    `  npm install ./vendor/modelhost-${version}.tgz   (README.md says where it comes from)`,
    '  npx modelhost train --all',
    '  npx modelhost serve --store build',
  ]
  return [...lines, '', 'Next:', ...enter, ...steps, ''].join('\n')
}
