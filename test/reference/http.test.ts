import { execFile } from 'node:child_process'
import diagnostics from 'node:diagnostics_channel'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { tinyDocSim } from '../helpers/docsim-artifact.js'
import { docsFolder } from './pages.js'

const run = promisify(execFile)
const page = await readFile(new URL('http.md', docsFolder), 'utf8')

t.test('the page has a section for every route of a host, and for no other', async t => {
  const routes = new Set<string>()
  const watch = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') routes.add(`${one} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
    })
  }
  diagnostics.subscribe('fastify.initialization', watch)
  t.teardown(() => diagnostics.unsubscribe('fastify.initialization', watch))
  await startHost(t)
  const sections = [...page.matchAll(/^## `([A-Z]+ \S+)`$/gm)].map(([, route]) => route!)
  t.ok(routes.size >= 6)
  t.same(sections.toSorted(), [...routes].sort())
})

t.test('every example on the page answers what stands below it', async t => {
  const host = await startHost(t)
  const artifact = await tinyDocSim(t)
  const examples = [...page.matchAll(/```sh\n(.*?)```\n\n```(?:json)?\n(.*?)```/gs)]
  t.ok(examples.length > 5)
  for (const [, commands, shown] of examples) {
    const script = commands!.replaceAll('localhost:8080', host.url).replaceAll('"/models/claims"', `"${artifact}"`)
    // Each answer on a line of its own, as the page shows them.
    const { stdout } = await run('bash', ['-c', script.replaceAll(/^curl (?!-s)/gm, "curl -s -w '\\n' ")])
    const answer = stdout.replaceAll('\r', '').replaceAll(artifact, '/models/claims')
    t.equal(withoutTimes(answer), withoutTimes(shown!), commands!)
  }
})

const withoutTimes = (text: string) =>
  text.replaceAll(/"loadedAt":"[^"]+"/g, '"loadedAt":"..."').replaceAll(/"loadMs":[\d.]+/g, '"loadMs":0')
