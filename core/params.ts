/** An artifact folder -> the plugin that its params file names, its checked params, and the files to load. */
import { isAbsolute, normalize } from 'node:path'
import type { TObject, TSchema } from 'typebox'
import { type ArtifactFileInfo, type SearchBounds, wantedFiles } from './artifact-folder.js'
import { type ArtifactReader, artifactReader } from './artifact-reader.js'
import type { Catalog } from './catalog.js'
import { findProblem } from './check.js'
import { coerce, unwrapJsonString } from './coerce.js'
import { fail } from './errors.js'
import { readExamples } from './examples.js'
import { type AnyPlugin, hostParams } from './plugin.js'
import { cut, describeJsonError, describeSchema, describeValue, didYouMean, fieldsOf } from './words.js'

export interface ArtifactDescription {
  /** Where the files are: the folder asked for, or the one folder in it. */
  readonly folder: string
  readonly prefix: string
  /** Path of `<prefix>-params.json`. */
  readonly paramsFile: string
  /** Its size. */
  readonly paramsFileBytes: number
  readonly plugin: AnyPlugin
  /** As the plugin's schema has them: coerced, defaults filled in. */
  readonly params: unknown
  /** Requests that show what the model does, each as JSON. Nobody has checked that it can answer them. */
  readonly examples: readonly string[]
  /** What the plugin loads from: `name` is what follows the prefix, such as `model`. */
  readonly files: readonly ArtifactFileInfo[]
}

/** Where an artifact's files are, and how far a search for them may go. */
export interface ArtifactPlace extends SearchBounds {
  readonly folder: string
}

const maxUrlLength = 4096
const forbiddenRoots = ['/dev', '/proc', '/sys']

/**
 * Checks where a load says that its artifact is.
 *
 * @returns the path, normalised
 * @throws HostError URL_INVALID
 */
export function checkUrl(url: unknown): string {
  const invalid = (problem: string) =>
    fail('URL_INVALID', { url: typeof url === 'string' ? cut(url, 200) : '', problem })
  if (typeof url !== 'string') throw invalid(`is not what url must be, a string, but is ${describeValue(url)}.`)
  if (!isAbsolute(url)) throw invalid('is not an absolute path. Send the absolute path of an artifact folder.')
  if (url.includes('\0')) throw invalid('has a zero byte in it. Send the absolute path of an artifact folder.')
  if (url.length > maxUrlLength) throw invalid(`has more than ${maxUrlLength} characters. Use a shorter path.`)
  const path = normalize(url).replace(/(?<=.)\/+$/, '')
  const isForbidden = forbiddenRoots.some(root => path === root || path.startsWith(`${root}/`))
  if (isForbidden) throw invalid('is no place for a model. Send the absolute path of an artifact folder.')
  return path
}

/**
 * Reads what an artifact folder says of itself; the weights stay unread.
 *
 * @param reader  reads the folder: in this thread, or the loader
 * @param bounds  how far the search may go
 * @throws HostError ARTIFACT_NOT_FOUND, PARAMS_NOT_FOUND, PARAMS_AMBIGUOUS, PARAMS_INVALID, PLUGIN_UNKNOWN,
 *   ARTIFACT_FILE_MISSING, ARTIFACT_FILE_UNREADABLE
 */
export async function describeArtifact(
  path: string,
  catalog: Catalog,
  reader: ArtifactReader = artifactReader,
  bounds: SearchBounds = {},
): Promise<ArtifactDescription> {
  const { found, params: bytes, model } = await reader.scan(path, bounds)
  const { folder, prefix, paramsFile } = found
  const raw = parseParams(bytes, paramsFile)
  const plugin = pickPlugin(raw, paramsFile, catalog)
  const params = coerceParams(plugin.params, raw, paramsFile)
  const examples = readExamples(raw, paramsFile)
  const wanted = wantedFiles(plugin, found)
  const isModelAlone = wanted.length === 1 && wanted[0]!.name === 'model'
  const files = isModelAlone && model ? [model] : await reader.measure(wanted)
  return { folder, prefix, paramsFile, paramsFileBytes: bytes.length, plugin, params, examples, files }
}

function parseParams(bytes: Uint8Array, file: string): Record<string, unknown> {
  const invalid = (problem: string) => fail('PARAMS_INVALID', { file, problem })
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalid('it is not UTF-8 text.')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalid(`it is not valid JSON: ${describeJsonError(error)}.`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`it must hold a JSON object with "model_name", but holds ${describeValue(value)}.`)
  }
  return value as Record<string, unknown>
}

function pickPlugin(raw: Record<string, unknown>, file: string, catalog: Catalog): AnyPlugin {
  const given = Object.hasOwn(raw, 'model_name') ? raw.model_name : undefined
  const known = [...catalog.keys()]
  if (typeof given !== 'string') {
    const found = given === undefined ? 'is missing' : `is ${describeValue(given)}`
    throw fail('PARAMS_INVALID', { file, problem: `model_name ${found}; it must name a plugin: ${known.join(', ')}.` })
  }
  const name = unwrapJsonString(given) ?? given
  const entry = catalog.get(name)
  if (!entry) throw fail('PLUGIN_UNKNOWN', { file, name: cut(name), known })
  return entry.plugin
}

/**
 * Makes params as a plugin's schema has them from what a file or a training job says.
 *
 * Strings are read by schema, plain or JSON-encoded once more: `100`, `"100"` and `"\"100\""` are one integer.
 *
 * @param file  where they come from, for errors
 * @returns the params, defaults filled in, without the keys that are the host's
 * @throws HostError PARAMS_INVALID, with all that is wrong
 */
export function coerceParams(
  schema: TObject,
  raw: Readonly<Record<string, unknown>>,
  file: string,
): Record<string, unknown> {
  const properties = schema.properties as Record<string, TSchema>
  const problems: string[] = []
  const known: string[] = [...Object.keys(properties), ...hostParams]
  for (const name of Object.keys(raw)) {
    if (!known.includes(name)) problems.push(`"${cut(name)}" is not a known parameter.${didYouMean(name, known)}`)
  }
  const params: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(properties)) {
    const fields = fieldsOf(property)
    const given = Object.hasOwn(raw, name) ? raw[name] : undefined
    if (given !== undefined) {
      const coerced = coerce(property, given)
      if (coerced) params[name] = coerced.value
      else problems.push(`${name} must be ${describeSchema(fields)}, but is ${describeValue(given)}.`)
    } else if (fields.default !== undefined) {
      params[name] = structuredClone(fields.default)
    } else if (schema.required?.includes(name)) {
      problems.push(`${name} is missing; it must be ${describeSchema(fields)}.`)
    }
  }
  if (problems.length > 10) problems.splice(10, problems.length - 10, `And ${problems.length - 10} more problems.`)
  // What only the whole can break, such as a refinement over two params.
  const problem = problems.length > 0 ? problems.join(' ') : findProblem(schema, params, 'The whole')
  if (problem) throw fail('PARAMS_INVALID', { file, problem })
  return params
}
