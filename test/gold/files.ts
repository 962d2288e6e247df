import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** A text file, unpacked where it is packed. */
export function readText(...path: string[]): string {
  const file = join(...path)
  const bytes = readFileSync(file)
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

export const readJson = <T>(...path: string[]): T => JSON.parse(readText(...path)) as T
