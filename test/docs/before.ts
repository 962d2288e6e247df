/** What pages take for granted: each makes it in the folder of its page. */
import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { startHost } from 'modelhost/testing'
import type { Test } from 'tap'
import { archiveOf } from '../helpers/archive.js'
import { tinyDocSim, tinyDocSimFile } from '../helpers/docsim-artifact.js'
import { root } from './page-folder.js'
import type { Place } from './place.js'

const run = promisify(execFile)

const modelhost = (...args: string[]) => run(process.execPath, [join(root, 'cli/modelhost.js'), ...args])

async function writeFiles(path: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), content)
  }
}

/** A model of four words. */
const claims = {
  'DocSim-params.json': '{"model_name": "DocSim", "vector_size": "2"}',
  'DocSim-model': tinyDocSimFile(),
}
const claimsIn = (folder: string) =>
  Object.fromEntries(Object.entries(claims).map(([name, content]) => [`${folder}/${name}`, content]))

export const artifacts = (_: Test, { path }: Place) => writeFiles(path, claimsIn('out/claims'))

export const batch = (_: Test, { path }: Place) =>
  writeFiles(path, { 'notes.jsonl': Array.from({ length: 1200 }, (_, i) => `"Note ${i} has words."\n`).join('') })

export async function http(t: Test, place: Place): Promise<void> {
  const { url } = await startHost(t)
  place.address = url.replace('http://', '')
  place.names.unshift([`"${await tinyDocSim(t)}"`, '"/models/claims"'])
}

export async function snowflake(t: Test, place: Place): Promise<void> {
  const host = await startHost(t)
  await host.load('claims', await tinyDocSim(t))
  place.address = host.url.replace('http://', '')
}

export const standalone = (_: Test, { path }: Place) =>
  writeFiles(path, {
    ...claimsIn('models/claims'),
    'models/news/de.tar.gz': archiveOf(claims),
    'models/broken/x-params.json': '{"model_name":"DocSum"}',
  })

/** Of the command that says what a training of names may have. */
export async function ner(_: Test, { path }: Place): Promise<void> {
  const sentences = [
    'Anna\tB-PER\nworks\tO\nin\tO\nOslo\tB-LOC\n.\tO\n',
    'Tom\tB-PER\nworks\tO\nin\tO\nBergen\tB-LOC\n',
  ]
  const conll = sentences.join('\n')
  await writeFiles(path, { 'train.conll': conll, 'dev.conll': conll, 'clusters.tsv': '0110\toslo\n0111\tanna\n' })
}

export const tutorial = (_: Test, { path }: Place) =>
  copyFile(join(root, 'docs/tutorials/sample/tweets.csv'), join(path, 'tweets.csv'))

/** The package, as `npm pack` makes it of this clone. */
export async function packed(_: Test, { path }: Pick<Place, 'path'>): Promise<void> {
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', path], { cwd: root })
}

/** The same, where a clone would pack itself. */
export const packedBeside = (t: Test, place: Place) => packed(t, { ...place, path: join(place.path, 'modelhost') })

/** The page is read beside the data that it tells of. */
export async function data(_: Test, place: Place): Promise<void> {
  place.cwd = join(root, 'cli/workspace/files/data')
}

/** `modelhost init my-models`, which the page is a part of, beside the package. */
export async function workspace(t: Test, place: Place): Promise<void> {
  await packed(t, place)
  place.cwd = join(place.path, 'my-models')
  await modelhost('init', place.cwd)
}

/** A repository of the original: of a workspace its models alone. */
export async function repository(_: Test, { path }: Place): Promise<void> {
  const workspace = join(path, '.workspace')
  await modelhost('init', workspace, '--models', 'DocSim,NER')
  await cp(join(workspace, 'models'), join(path, 'facts/models'), { recursive: true })
}

/** A model and rows to ask it with, in S3 too. */
export async function readme(_: Test, place: Place): Promise<void> {
  place.cwd = join(place.path, 'modelhost')
  await writeFiles(place.cwd, { 'pairs.csv': 'impfung,ärzte\n' })
  place.s3!.put('live/claims.tar.gz', archiveOf(claims))
}
