import { open } from 'node:fs/promises'
import { isHostError } from '../core/errors.js'
import type { ArtifactDescription } from '../core/host.js'
import { heapBytesOf, paramsBytesOf, scratchBytesOf } from '../core/lane-bytes.js'
import { formatBytes } from '../core/quantities.js'
import { headerLength, lengthFieldBytes, parseHeader, type TensorHeader } from '../core/tensor-file.js'
import { defineCommand } from './command.js'
import { type AskedExample, askExamples, formatExamples } from './examples.js'
import { pluginOption } from './options.js'
import { startOwnHost } from './own-host.js'
import { formatTable, shorten } from './text.js'

export const inspectCommand = defineCommand({
  name: 'inspect',
  summary: 'show what an artifact holds',
  description: [
    'Shows the plugin, the params, the files and the tensors of an artifact, and the memory that it will take.',
    'Reads params and headers only; where there are examples, a host is started that loads the model and answers them.',
    'The table goes to stdout.',
  ].join('\n'),
  arguments: { DIR: { description: 'The artifact.' } },
  options: {
    plugin: pluginOption,
    json: { description: 'Print JSON instead of a table.' },
  },
  examples: {
    'modelhost inspect out/claims':
      'shows params, files, tensors and sizes, and what the model answers to its examples',
    'modelhost inspect out/claims --json': 'the same for a program to read',
  },
  async run({ DIR, plugin, json }) {
    const report = await inspect(DIR, plugin)
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
    examples: artifact.examples.length > 0 ? await askAll(artifact, plugins) : [],
    /** Shared by all lanes, and what each lane adds. */
    residentBytes: {
      shared: fileBytes + paramsBytesOf(paramsFileBytes),
      perLane: scratchBytesOf(plugin, artifact.params, artifact.files) + heapBytesOf(plugin, artifact.files),
    },
  }
}

/** A model that cannot be loaded answers each of its examples with that error. */
async function askAll(
  { folder, prefix, examples }: ArtifactDescription,
  plugins: readonly string[],
): Promise<readonly AskedExample[]> {
  const host = await startOwnHost({ plugins, logLevel: 'silent' })
  try {
    await host.models.load(prefix, folder)
    return await askExamples(host, prefix, examples)
  } catch (error) {
    if (!isHostError(error)) throw error
    const { code, message } = error
    return examples.map(example => ({ request: JSON.parse(example), error: { code, message } }))
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

function render({ folder, plugin, params, files, tensors, metadata, examples, residentBytes }: Report): string {
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
  if (examples.length > 0) parts.push(`Examples\n${renderExamples(examples)}`)
  const perLane = residentBytes.perLane > 0 ? `, and ${formatBytes(residentBytes.perLane)} in each lane` : ''
  parts.push(`Memory once loaded (estimated): ${formatBytes(residentBytes.shared)}, shared by all lanes${perLane}\n`)
  return parts.join('\n')
}

function renderExamples(examples: readonly AskedExample[]): string {
  const [{ error, ms } = {}] = examples
  if (error && ms === undefined) return `  ${examples.length}, not asked. ${error.message}\n`
  return formatExamples(examples)
}
