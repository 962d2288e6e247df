import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Load {
  readonly url: string
  readonly body: string
  readonly type: string
  readonly connections: number
  readonly seconds: number
}

/** Posts one body again and again with wrk. @returns requests per second, all answered 2xx */
export async function wrk({ url, body, type, connections, seconds }: Load): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-wrk-'))
  const script = join(folder, 'post.lua')
  // A Lua string of decimal escapes holds any byte.
  const bytes = [...Buffer.from(body)].map(byte => `\\${String(byte).padStart(3, '0')}`).join('')
  await writeFile(script, `wrk.method = "POST"\nwrk.headers["Content-Type"] = "${type}"\nwrk.body = "${bytes}"\n`)
  try {
    const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url])
    if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk saw failures:\n${stdout}`)
    return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Error('The bench needs wrk (Debian: apt-get install wrk).')
    throw error
  } finally {
    await rm(folder, { recursive: true })
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
