import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { FileSource } from '../../cli/import/file-source.js'
import { defaultLimits, type UnpackLimits } from '../../cli/import/limits.js'
import { readModel } from '../../cli/import/read-model.js'
import type { TensorSource } from '../../core/tensor-file.js'
import { folder } from './artifacts.js'
import { maxObjectBytes } from './pickles.js'

const fixtures = new URL('../../../test/fixtures/import/', import.meta.url)

export const fixture = (name: string): string => fileURLToPath(new URL(name, fixtures))

interface Reading {
  readonly language?: string
  readonly limits?: UnpackLimits
}

/** Reads a model of another library, as an import does, in this thread. */
export async function readOther(t: Test, file: string, { language = 'de', limits = defaultLimits }: Reading = {}) {
  const opened: FileSource[] = []
  t.teardown(() => {
    for (const source of opened) source.close()
  })
  return readModel({
    file,
    scratch: await folder(t, {}),
    language,
    limits: { ...limits, maxObjectBytes },
    opened: source => opened.push(source),
  })
}

/** The strings of a string list in what is to be written. */
export function stringsOf({ tensors }: TensorSource, name: string): string[] {
  const bytes = tensors[`${name}.bytes`] as Uint8Array
  const offsets = tensors[`${name}.offsets`] as Uint32Array
  return Array.from(offsets.subarray(1), (end, i) => Buffer.from(bytes.subarray(offsets[i], end)).toString())
}

/** The numbers of a tensor in what is to be written. */
export function numbersOf({ tensors }: TensorSource, name: string): number[] {
  const tensor = tensors[name]!
  return Array.from('shape' in tensor ? tensor.data : tensor)
}
