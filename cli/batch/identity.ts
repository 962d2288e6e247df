import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { findParamsFile } from '../../core/artifact-folder.js'
import type { InputPlan } from './input.js'

/** What an output is made of: who goes on with it must have the same. */
export type Identity = Readonly<Record<string, Readonly<Record<string, unknown>>>>

const MiB = 2 ** 20

/** A file by its size, and by what stands at its ends: a large one is not read twice. */
export async function identifyInput(plan: InputPlan & { readonly path: string; readonly bytes: number }) {
  const { path, bytes, format, delimiter } = plan
  const file = await open(path)
  try {
    const most = Math.min(MiB, bytes)
    const read = async (from: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(most), 0, most, from)
      return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex')
    }
    return { bytes, format, delimiter, first: await read(0), last: await read(Math.max(0, bytes - MiB)) }
  } finally {
    await file.close()
  }
}

/** An artifact by all of its files. */
export async function identifyArtifact(artifact: string): Promise<Record<string, string>> {
  const { folder, prefix, names } = findParamsFile(artifact)
  const own = names.filter(name => name.startsWith(`${prefix}-`)).sort()
  const hashes = own.map(async name => {
    const hash = createHash('sha256')
    await pipeline(createReadStream(join(folder, name)), hash)
    return [name, hash.digest('hex')] as const
  })
  return Object.fromEntries(await Promise.all(hashes))
}

/** @returns the name of the first part in which two differ */
export function differingPart(a: Identity, b: Identity): string | undefined {
  return Object.keys(a).find(part => JSON.stringify(a[part]) !== JSON.stringify(b[part]))
}
