import { open, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { isHostError } from '../core/errors.js'
import type { ArtifactDescription } from '../core/host.js'
import { assetsOf, heapBytesOf, paramsBytesOf, scratchBytesOf } from '../core/lane-bytes.js'
import { formatBytes } from '../core/quantities.js'
import { headerLength, lengthFieldBytes, parseHeader, type TensorHeader } from '../core/tensor-file.js'
import { artifactFolder, artifactHelp } from './artifact-target.js'
import { defineCommand } from './command.js'
import { type AskedExample, askExamples, formatExamples } from './examples.js'
import { formatLine } from './log.js'
import { pluginOption } from './options.js'
import { startOwnHost } from './own-host.js'
import { formatTable, shorten } from './text.js'

export const inspectCommand = defineCommand({
  name: 'inspect',
  summary: 'show what an artifact holds',
  description: [
    'Shows the plugin, the params, the files and the tensors of an artifact, and the memory that it will take.',
    'A host is started that loads the model, says what it warns of, and answers the examples; where that is not possible,',
    'the rest is shown.',
    'The table goes to stdout.',
  ].join('\n'),
  arguments: { DIR: { description: artifactHelp } },
  options: {
    plugin: pluginOption,
    json: { description: 'Print JSON instead of a table.' },
  },
  examples: {
    'modelhost inspect out/claims':
      'shows params, files, tensors and sizes, what a load warns of, and what the model answers to its examples',
    'modelhost inspect out/claims --json': 'the same for a program to read',
  },
  async run({ DIR, plugin, json }) {
    const report = await inspect(artifactFolder(DIR), plugin)
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : render(report))
  },
})

type Report = Awaited<ReturnType<typeof inspect>>

async function inspect(folder: string, plugins: readonly string[]) {
  const { describeArtifact, readCatalog } = await import('../core/host.js')
  const artifact = await describeArtifact(folder, await readCatalog(plugins))
  const { plugin, paramsFile, paramsFileBytes } = artifact
  const modelFile = artifact.files.find(file => file.name === 'model')
  const header = modelFile && plugin.hasModelFile !== false ? await readHeader(modelFile.path) : undefined
  const fileBytes = artifact.files.reduce((sum, file) => sum + file.bytes, 0)
  const load = await tryLoad(artifact, plugins)
  return {
    folder: artifact.folder,
    plugin: { name: plugin.name, version: plugin.version, summary: plugin.summary },
    params: artifact.params as Record<string, unknown>,
    files: [
      { path: paramsFile, bytes: paramsFileBytes },
      ...artifact.files.map(({ path, bytes }) => ({ path, bytes })),
    ],
    tensors: (header?.tensors ?? []).map(({ name, dtype, shape, bytes }) => ({ name, dtype, shape, bytes })),
    metadata: header?.metadata ?? {},
    assets: await measureAssets(artifact),
    ...load,
    /** Shared by all lanes, and what each lane adds. */
    residentBytes: {
      shared: fileBytes + paramsBytesOf(paramsFileBytes),
      perLane: scratchBytesOf(plugin, artifact.params, artifact.files) + heapBytesOf(plugin, artifact.files),
    },
  }
}

/** What the model shares with others: each counted once, whatever the number of models that use it. */
async function measureAssets({ plugin, params, files }: ArtifactDescription) {
  return Promise.all(
    assetsOf(plugin, params, files).map(async ({ name, url, scratchBytes }) => {
      const path = fileURLToPath(url)
      // A missing one is the problem of the load.
      const bytes = await stat(path).then(
        ({ size }) => size,
        () => 0,
      )
      return { name, path, bytes, scratchBytesPerLane: scratchBytes }
    }),
  )
}

/** What a load of the model came to. */
interface LoadReport {
  /** Why it cannot be loaded here. */
  readonly problem?: { readonly code: string; readonly message: string }
  /** What the plugin warned of while it was loaded. */
  readonly warnings: readonly ({ readonly message: string } & Record<string, unknown>)[]
  readonly examples: readonly AskedExample[]
}

/** A model that cannot be loaded answers each of its examples with that error. */
async function tryLoad(
  { folder, prefix, examples }: ArtifactDescription,
  plugins: readonly string[],
): Promise<LoadReport> {
  const warnings: LoadReport['warnings'][number][] = []
  const ignore = () => {}
  const warn = (fields: object, message: string) => {
    const { model, plugin: _, lane, ...rest } = fields as Record<string, unknown>
    // Others are the host's own.
    if (model === prefix && lane !== undefined) warnings.push({ message, ...rest })
  }
  const host = await startOwnHost({ plugins, log: { debug: ignore, info: ignore, warn, error: ignore } })
  try {
    await host.models.load(prefix, { folder })
    const asked = await askExamples(host, prefix, examples)
    return { warnings, examples: asked }
  } catch (error) {
    if (!isHostError(error)) throw error
    const problem = { code: error.code, message: error.message }
    return { problem, warnings, examples: examples.map(example => ({ request: JSON.parse(example), error: problem })) }
  } finally {
    await host.close()
  }
}

/** The header alone: a model file may be larger than this process's memory. */
async function readHeader(path: string): Promise<TensorHeader> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const read = async (length: number, position: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
      return buffer.subarray(0, bytesRead)
    }
    const length = headerLength(await read(lengthFieldBytes, 0), size, path)
    return parseHeader(await read(length, lengthFieldBytes), size, path)
  } finally {
    await file.close()
  }
}

function render(report: Report): string {
  const { folder, plugin, params, files, tensors, metadata, assets, problem, warnings, examples, residentBytes } =
    report
  const parts = [`${folder}\n${plugin.name} ${plugin.version}: ${plugin.summary}\n`]
  const add = (title: string, rows: (string | number)[][]) => {
    if (rows.length > 1) parts.push(`${title}\n${formatTable(rows)}`)
  }
  add('Params', [['name', 'value'], ...Object.entries(params).map(([name, value]) => [name, shorten(value)])])
  add('Files', [['path', 'bytes'], ...files.map(({ path, bytes }) => [path, bytes])])
  add('Tensors', [
    ['name', 'dtype', 'shape', 'bytes'],
    ...tensors.map(({ name, dtype, shape, bytes }) => [name, dtype, `[${shape.join(', ')}]`, bytes]),
  ])
  add('Metadata', [['name', 'value'], ...Object.entries(metadata).map(([name, value]) => [name, shorten(value)])])
  add('Assets, shared with other models', [
    ['name', 'path', 'bytes', 'scratch in each lane'],
    ...assets.map(({ name, path, bytes, scratchBytesPerLane }) => [name, path, bytes, scratchBytesPerLane]),
  ])
  if (problem) parts.push(`Problem\n  ${problem.message}\n`)
  if (warnings.length > 0) {
    parts.push(`Warnings\n${warnings.map(({ message, ...fields }) => `  ${formatLine(fields, message)}\n`).join('')}`)
  }
  if (examples.length > 0) parts.push(`Examples\n${renderExamples(examples)}`)
  const perLane = residentBytes.perLane > 0 ? `, and ${formatBytes(residentBytes.perLane)} in each lane` : ''
  parts.push(`Memory once loaded (estimated): ${formatBytes(residentBytes.shared)}, shared by all lanes${perLane}\n`)
  return parts.join('\n')
}

function renderExamples(examples: readonly AskedExample[]): string {
  const [{ error, ms } = {}] = examples
  if (error && ms === undefined) return `  ${examples.length}, not asked: the model cannot be loaded.\n`
  return formatExamples(examples)
}
