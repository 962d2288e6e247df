/** A shell that goes on from one script to the next, as a reader's does: its folder and variables stay. */
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Test } from 'tap'
import { folder } from '../helpers/artifacts.js'

export interface Printed {
  /** Of the last command that failed, or 0. */
  readonly code: number
  readonly stdout: string
  /** Empty where it is among stdout. */
  readonly stderr: string
  /** Where the shell is now. */
  readonly cwd: string
}

export interface Terminal {
  /** @param merge  stderr goes to stdout, in the order in which both are written */
  run(script: string, merge?: boolean): Promise<Printed>
}

export async function openTerminal(t: Pick<Test, 'teardown'>, cwd: string, env: NodeJS.ProcessEnv): Promise<Terminal> {
  const scripts = await folder(t)
  // A group of its own, with which all that is left in the background ends.
  // tap adds a loader of its own to the options of each child; the TypeScript compiler does not start with it.
  const child = spawn('env', ['-u', 'NODE_OPTIONS', 'bash', '--noprofile', '--norc'], { cwd, env, detached: true })
  t.teardown(() => endGroup(child))
  const [readOut, readErr] = [piecesOf(child.stdout), piecesOf(child.stderr)]
  let count = 0
  return {
    async run(script, merge = false) {
      const path = join(scripts, `${++count}.sh`)
      await writeFile(path, script)
      const streams = merge ? '< /dev/null 2>&1' : '< /dev/null'
      child.stdin.write(`failed=0; trap 'failed=$?' ERR; . '${path}' ${streams}; trap - ERR
printf '\\0%d\\0%s\\0' "$failed" "$PWD"; printf '\\0' >&2\n`)
      const stdout = await readOut()
      return { stdout, code: Number(await readOut()), cwd: await readOut(), stderr: await readErr() }
    },
  }
}

/** Ends a process that was started detached, with all that it started. */
export function endGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Reads a stream up to the next zero byte. */
function piecesOf(stream: Readable): () => Promise<string> {
  const pieces = split(stream.setEncoding('utf8'))
  return async () => {
    const { value, done } = await pieces.next()
    if (done) throw new Error('the shell has ended')
    return value
  }
}

async function* split(stream: Readable): AsyncGenerator<string, undefined> {
  let rest = ''
  for await (const chunk of stream) {
    const pieces = (rest + chunk).split('\0')
    rest = pieces.pop()!
    yield* pieces
  }
}
