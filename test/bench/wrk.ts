import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Load {
  readonly url: string
  /** One, or several that are sent in turn. */
  readonly body: string | readonly string[]
  readonly type: string
  readonly connections: number
  readonly seconds: number
}

/** Posts again and again with wrk. @returns requests per second, all answered 2xx */
export async function wrk({ url, body, type, connections, seconds }: Load): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-wrk-'))
  const script = join(folder, 'post.lua')
  await writeFile(script, scriptOf([body].flat(), type))
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

function scriptOf(bodies: readonly string[], type: string): string {
  // A Lua string of decimal escapes holds any byte.
  const escaped = (body: string) => [...Buffer.from(body)].map(byte => `\\${String(byte).padStart(3, '0')}`).join('')
  const list = bodies.map(body => `"${escaped(body)}"`).join(',\n')
  return `wrk.method = "POST"
wrk.headers["Content-Type"] = "${type}"
local bodies = {${list}}
local requests = {}
init = function() for i, body in ipairs(bodies) do requests[i] = wrk.format(nil, nil, nil, body) end end
local turn = 0
request = function() turn = turn % #requests + 1; return requests[turn] end
`
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
