import { once } from 'node:events'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { folder } from './artifacts.js'
import { startCliWith } from './run-cli.js'

/** `modelhost serve --watch` as a process of its own, and a folder of plugins and artifacts for it. */

/** A plugin that answers with its words and the process that it runs in; where it is told to, only once a socket ends. */
export const plugin = (words: string, { name = 'Tell', load = '() => 0' } = {}) => `
import { once } from 'node:events'
import { connect } from 'node:net'
import { definePlugin, Type } from 'modelhost'
export default definePlugin({
  name: '${name}',
  version: '1.0.0',
  summary: 'Says its words.',
  params: Type.Object({ note: Type.Optional(Type.String()) }),
  request: Type.Object({ path: Type.Optional(Type.String()) }),
  response: Type.Unknown(),
  hasModelFile: false,
  load: ${load},
  async predict(model, { path }) {
    if (path !== undefined) await once(connect(path).resume(), 'end')
    return { words: '${words}', pid: process.pid }
  },
})
`

export const artifact = (name = 'Tell', params = {}) => JSON.stringify({ model_name: name, ...params })

/** A folder with these files, in which plugins find the package `modelhost`. */
export async function pluginHome(t: Pick<Test, 'teardown'>, files: Readonly<Record<string, string>>) {
  const path = await folder(t, files)
  await mkdir(join(path, 'node_modules'))
  await symlink(new URL('../../..', import.meta.url).pathname, join(path, 'node_modules/modelhost'))
  return {
    path,
    async write(name: string, text: string) {
      await mkdir(dirname(join(path, name)), { recursive: true })
      await writeFile(join(path, name), text)
    },
  }
}

interface Answer {
  readonly words: string
  /** Of the process that answered. */
  readonly pid: number
}

/** @param within  a shell command that starts it */
export function startWatched(t: Pick<Test, 'teardown'>, flags: readonly string[], within?: string) {
  const child = startCliWith({}, ['serve', '--port', '0', '--lanes', '1', '--watch', ...flags], within)
  t.teardown(() => child.kill('SIGKILL'))
  const lines: string[] = []
  let seen = 0
  createInterface(child.stderr).on('line', line => {
    lines.push(line)
    child.emit('told')
  })
  const stdout: string[] = []
  createInterface(child.stdout).on('line', line => {
    stdout.push(line)
    child.emit('said')
  })
  /** `[exit code, signal]`, once it and all hosts that it has started are gone: they share its stderr. */
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const gone = ended.then(() => 'gone' as const)
  const next = (event: string) => Promise.race([once(child, event), gone])
  const url = async () => {
    while (stdout.length === 0) if ((await next('said')) === 'gone') throw new Error(`it ended:\n${lines.join('\n')}`)
    return stdout[0]!.replace('listening on ', '')
  }
  const ask = async (model: string, request: object = {}): Promise<Answer> => {
    const answer = await fetch(`${await url()}/models/${model}/invoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    })
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Answer
  }
  return {
    child,
    ended,
    stdout,
    url,
    ask,
    words: async (model: string) => (await ask(model)).words,
    load: async (name: string, path: string) => {
      const body = JSON.stringify({ model_name: name, url: path })
      return (await fetch(`${await url()}/models`, { method: 'POST', body })).status
    },
    /** Resolves with the next line on stderr, of those not looked at yet, that has this. */
    async told(wanted: RegExp): Promise<string> {
      for (;;) {
        while (seen < lines.length) {
          const line = lines[seen++]!
          if (wanted.test(line)) return line
        }
        if ((await next('told')) === 'gone') throw new Error(`it ended without ${wanted}:\n${lines.join('\n')}`)
      }
    },
  }
}
