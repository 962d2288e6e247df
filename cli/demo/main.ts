import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { artifactFolder } from '../artifact-target.js'
import { createLog } from '../log.js'
import { startOwnHost } from '../own-host.js'
import { heading, say } from './call.js'
import { readClaims } from './claims.js'
import { showDocSim, trainDocSim, unloadDocSim } from './docsim.js'
import { showKeyphrases, trainKeyphrases, unloadKeyphrases } from './keyphrases.js'
import { showNames, unloadNames } from './names.js'
import { showStore } from './store.js'

/*
 * The main job from end to end, with models of three types in one host: train, start, load, list, invoke, a bad request,
 * unload; then a host that loads from a folder by itself. Exit 0 when every answer has the status it should have. `--keep` goes on serving.
 */

async function run(folder: string): Promise<void> {
  const claims = await readClaims()
  const artifact = join(folder, 'claims')
  const keyphrases = join(folder, 'keyphrases')
  await trainDocSim(artifact, claims)

  heading('Start a host on a free port')
  const host = await startOwnHost({ plugins: [], log: createLog('warn') })
  say(`   listening on ${host.url}`)
  try {
    await showDocSim(host, artifact, claims)
    await trainKeyphrases(keyphrases)
    await showKeyphrases(host, keyphrases)
    await showNames(host)
    await unloadDocSim(host)
    await unloadKeyphrases(host)
    await unloadNames(host)
    await showStore(folder)
    if (process.argv.includes('--keep')) {
      await keepServing(host.url, { claims: artifact, keyphrases, names: artifactFolder('ner:en') })
    }
  } finally {
    await host.close()
  }
}

async function keepServing(url: string, artifacts: Readonly<Record<string, string>>): Promise<void> {
  heading('Go on serving; Ctrl-C ends it. Try:')
  const ask = `curl -s ${url}/models/claims/invoke`
  for (const [name, artifact] of Object.entries(artifacts)) {
    const load = JSON.stringify({ model_name: name, url: artifact })
    say(`curl -s ${url}/models -H 'Content-Type: application/json' -d '${load}'`)
  }
  say(`curl -s ${url}/models`)
  say(`${ask} -H 'Content-Type: application/json' -d '{"text1": "Strom aus Wind", "text2": "Windräder liefern Strom"}'`)
  say(`${ask} -H 'Content-Type: text/csv' --data-binary '"Strom aus Wind","Eine Steuer auf Löhne"'`)
  say(
    `curl -s ${url}/models/keyphrases/invoke -H 'Content-Type: text/plain' -d 'Windräder liefern vielen Haushalten Strom.'`,
  )
  say(`curl -s ${url}/models/names/invoke -H 'Content-Type: text/plain' -d 'Angela Merkel visits NEW YORK'`)
  say(`curl -s -X DELETE ${url}/models/claims`)
  await new Promise(done => process.once('SIGINT', done).once('SIGTERM', done))
}

const folder = await mkdtemp(join(tmpdir(), 'modelhost-demo-'))
try {
  await run(folder)
  say('\nDone: every answer was as it should be.')
} catch (error) {
  process.stderr.write(`The demo failed: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
