import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { tinyDocSim } from '../helpers/docsim-artifact.js'
import { docsFolder } from './pages.js'

const run = promisify(execFile)

t.test('every example on the page answers what stands below it', async t => {
  const page = await readFile(new URL('snowflake.md', docsFolder), 'utf8')
  const host = await startHost(t)
  await host.load('claims', await tinyDocSim(t))
  const examples = [...page.matchAll(/```sh\n(curl localhost:8080\/.*?)```\n\n```json\n(.*?)```/gs)]
  t.equal(examples.length, 3)
  for (const [, commands, shown] of examples) {
    const script = commands!.replaceAll('localhost:8080', host.url).replaceAll(/^curl /gm, "curl -s -w '\\n' ")
    const { stdout } = await run('bash', ['-c', script])
    t.equal(stdout, shown, commands!)
  }
})
