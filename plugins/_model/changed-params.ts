import type { TensorFile } from 'modelhost'

/** A param that is another than in training. */
export interface ChangedParam<N extends string> {
  readonly name: N
  readonly was: unknown
  readonly is: unknown
}

/**
 * Which of some params differ from those in the metadata `params` (JSON) of a model file, in the order of the names.
 * A param that the file does not name is taken as it is, and so are all of a file without such metadata.
 */
export function changedParams<N extends string>(
  { metadata }: Pick<TensorFile, 'metadata'>,
  params: object,
  names: readonly N[],
): ChangedParam<N>[] {
  const trained = parseObject(metadata['params'])
  const served = params as Readonly<Record<string, unknown>>
  return names
    .map(name => ({ name, was: trained[name], is: served[name] }))
    .filter(({ was, is }) => was !== undefined && JSON.stringify(was) !== JSON.stringify(is))
}

function parseObject(json = '{}'): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
