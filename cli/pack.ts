import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { dirname, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { PackedArtifact } from '../core/pack.js'
import { formatBytes } from '../core/quantities.js'
import { artifactFolder, artifactHelp } from './artifact-target.js'
import { CommandError, defineCommand, UsageError } from './command.js'
import { runJob } from './job.js'
import { pluginOption } from './options.js'
import { type OutputFile, planOutput } from './output-file.js'
import { formatTable } from './text.js'

const defaultOutput = 'model.tar.gz'

export const packCommand = defineCommand({
  name: 'pack',
  summary: 'make an archive of an artifact',
  description: [
    'Writes the files of an artifact into a tar.gz that a store of models, or SageMaker, takes.',
    'The same files make the same archive, byte for byte, with one version of Node on one kind of processor.',
    'Left out are files whose names begin with a dot. A folder without what its plugin needs is refused.',
    'What was packed goes to stdout, with the SHA-256 of the archive; to stderr where the archive goes to stdout.',
  ].join('\n'),
  arguments: { DIR: { description: artifactHelp } },
  options: {
    output: { value: 'FILE', description: `The archive; - is stdout (default: ${defaultOutput}).` },
    plugin: pluginOption,
    json: { description: 'Print JSON instead of a table.' },
  },
  examples: {
    'modelhost pack out/claims --output claims.tar.gz': 'writes claims.tar.gz, and prints what is in it',
    'modelhost pack out/claims --output - | ssh host "cat > claims.tar.gz"': 'sends the archive elsewhere',
  },
  async run({ DIR, output = defaultOutput, plugin, json }) {
    if (output === '') throw new UsageError('--output is empty. Name a file, or - for stdout.')
    const folder = artifactFolder(DIR)
    const file = output === '-' ? undefined : await planArchive(output, folder)
    const { packArtifact } = await import('../core/pack.js')
    const { readCatalog } = await import('../core/host.js')
    const packed = await packArtifact(folder, await readCatalog(plugin))
    const report = { folder, plugin: packed.pluginName, ...(await writeArchive(packed, file)), files: packed.files }
    const text = json ? `${JSON.stringify(report, null, 2)}\n` : render(report)
    await new Promise(done => (file ? process.stdout : process.stderr).write(text, done))
  },
})

/** @throws UsageError where it would be one of the files that are packed, or lie among them */
async function planArchive(output: string, folder: string): Promise<OutputFile> {
  const file = await planOutput('--output', output, [folder])
  // Where there is no folder, that is said when it is read.
  const root = await realpath(folder).catch(() => undefined)
  if (root === undefined) return file
  const way = relative(root, dirname(file.path)).split(sep)[0]!
  if (way === '..') return file
  throw new UsageError(`--output ${output} is in the folder that is packed. Choose another --output.`)
}

interface Written {
  /** Path of the archive; null where it went to stdout. */
  readonly output: string | null
  readonly bytes: number
  readonly sha256: string
}

async function writeArchive(packed: PackedArtifact, file: OutputFile | undefined): Promise<Written> {
  const hash = createHash('sha256')
  let bytes = 0
  await runJob('silent', async ({ signal }) => {
    const stream = packed.open()
    signal.addEventListener('abort', () => stream.destroy(new CommandError(`stopped by ${signal.reason.message}`)))
    const measured = async function* () {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    }
    if (file) await file.writeBytes(measured())
    else await pipeline(measured(), process.stdout, { end: false })
  })
  return { output: file?.path ?? null, bytes, sha256: hash.digest('hex') }
}

type Report = Written & Pick<PackedArtifact, 'files'> & { readonly folder: string; readonly plugin: string }

function render({ folder, plugin, output, bytes, sha256, files }: Report): string {
  return [
    `${folder} (${plugin}) -> ${output ?? 'stdout'}\n`,
    formatTable([['file', 'bytes'], ...files.map(({ name, bytes }) => [name, bytes])]),
    `${formatBytes(bytes)}, ${bytes} bytes, sha256 ${sha256}\n`,
  ].join('\n')
}
