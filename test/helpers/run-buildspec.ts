import { spawn } from 'node:child_process'
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { parse } from 'yaml'
import { folder } from './artifacts.js'

/** Runs the commands of a buildspec as CodeBuild does, with stand-ins for the programs that they call. */

export interface Buildspec {
  readonly version: number
  readonly env: { readonly shell: string; readonly 'exported-variables'?: readonly string[] }
  readonly phases: {
    readonly install: { readonly 'runtime-versions': { readonly nodejs: number } }
    readonly build: { readonly commands: readonly string[] }
  }
  readonly artifacts?: { readonly 'base-directory': string; readonly files: readonly string[] }
}

export const parseBuildspec = (source: string) => parse(source) as Buildspec

/** What a stand-in says, call by call; the last answer stays. */
type Answers = readonly { readonly stdout?: string; readonly code?: number }[]

export interface BuildRun {
  readonly code: number | null
  readonly output: string
  /** Each call: the program, and its arguments. */
  readonly calls: readonly (readonly string[])[]
  /** Of a file that is left in the folder of the build; undefined where there is none. */
  file(name: string): Promise<string | undefined>
}

const standIns = ['aws', 'curl', 'docker', 'modelhost', 'npm', 'sleep']

/** Writes down its arguments, and answers what it finds under its name and its first two arguments. */
const standIn = `#!/bin/sh
name="\${0##*/}"
printf '%s\\0' "$name" "$@" "
" >> "$CALLS"
if [ "$name" = sleep ]; then exec /bin/sleep 0.05; fi
key="$ANSWERS/$name $1 $2"
[ -f "$key" ] || key="$ANSWERS/$name $1"
[ -f "$key" ] || exit 0
{
  IFS='|' read -r code stdout
  rest="$(cat)"
} < "$key"
[ -z "$rest" ] || printf '%s\\n' "$rest" > "$key"
[ -z "$stdout" ] || printf '%s\\n' "$stdout"
exit "$code"
`

/**
 * @param answers  `aws sagemaker describe-endpoint` -> what it says; a program without any ends well, and says nothing
 */
export async function runBuildspec(
  t: Test,
  { phases }: Buildspec,
  variables: Readonly<Record<string, string>>,
  answers: Readonly<Record<string, Answers>> = {},
): Promise<BuildRun> {
  const root = await folder(t, {})
  const [bin, said, work, calls] = ['bin', 'answers', 'work', 'calls'].map(name => join(root, name)) as Four
  for (const path of [bin, said, work]) await mkdir(path)
  const program = join(root, 'stand-in')
  await writeFile(program, standIn)
  await chmod(program, 0o755)
  for (const name of standIns) await symlink(program, join(bin, name))
  for (const [key, list] of Object.entries(answers)) {
    const lines = list.map(({ stdout = '', code = 0 }) => `${code}|${stdout}\n`)
    await writeFile(join(said, key), lines.join(''))
  }
  await writeFile(calls, '')
  const child = spawn('bash', ['-c', phases.build.commands.join('\n')], {
    cwd: work,
    env: { PATH: `${bin}:${process.env['PATH']}`, CALLS: calls, ANSWERS: said, ...variables },
  })
  const ended = new Promise<number | null>(done => child.once('close', code => done(code)))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return {
    code,
    output: stdout + stderr,
    calls: (await readFile(calls, 'utf8'))
      .split('\0\n\0')
      .slice(0, -1)
      .map(call => call.split('\0')),
    file: name => readFile(join(work, name), 'utf8').catch(() => undefined),
  }
}

type Four = [string, string, string, string]
