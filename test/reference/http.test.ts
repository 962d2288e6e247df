import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { tinyDocSim } from '../helpers/docsim-artifact.js'
import { routesOf } from '../helpers/routes.js'
import { docsFolder } from './pages.js'

const run = promisify(execFile)
const page = await readFile(new URL('http.md', docsFolder), 'utf8')
const snowflake = await readFile(new URL('snowflake.md', docsFolder), 'utf8')

t.test('the page and that of Snowflake have a section for every route of a host, and for no other', async t => {
  const routes = await routesOf(() => startHost(t))
  const sections = [...`${page}\n${snowflake}`.matchAll(/^##+ `([A-Z]+ \/\S*)`$/gm)].map(([, route]) =>
    // There a model is one of a store, too.
    route!.replace('/snowflake/{model}', '/snowflake/{name}'),
  )
  t.ok(routes.length >= 6)
  t.same(sections.toSorted(), routes.toSorted())
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
