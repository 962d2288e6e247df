import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { describeArtifact, type Host, train } from '../core/host.js'
import { formatBytes } from '../core/quantities.js'
import { askExamples, formatExamples } from './examples.js'
import { createLog } from './log.js'
import { startOwnHost } from './own-host.js'
import { createProgress } from './progress.js'
import { formatTable } from './text.js'

/*
 * The main job from end to end: train, start, load, list, invoke, a bad request, unload. Exit 0 when every answer has
 * the status it should have. `--keep` goes on serving.
 */

const claimsFile = new URL('../../cli/demo-data/claims_de.csv', import.meta.url).pathname
const say = (text: string) => void process.stdout.write(`${text}\n`)
const shorten = (text: string, length = 300) => (text.length > length ? `${text.slice(0, length)}...` : text)
const csvRow = (cells: readonly string[]) => `${cells.map(cell => `"${cell.replaceAll('"', '""')}"`).join(',')}\n`

interface Claim {
  readonly id: string
  readonly claim_text: string
}

/** Three of one topic, three of two. */
const examplePairs = [
  ['impfung-01', 'impfung-13'],
  ['energie-01', 'energie-02'],
  ['weltraum-08', 'weltraum-12'],
  ['impfung-01', 'steuern-03'],
  ['energie-01', 'sport-10'],
  ['weltraum-08', 'ernaehrung-03'],
] as const

/** One topic, two topics, a search: they travel with the model. */
const examples = [
  { text1: 'Windräder liefern Strom', text2: 'Im Winter liefern Windräder weniger Strom' },
  { text1: 'Windräder liefern Strom', text2: 'Im Marathon gewinnen Läufer aus Kenia' },
  { text: 'Macht Zucker Kinder unruhig?', top: 1 },
]

let stepNumber = 0
const heading = (title: string) => say(`\n${++stepNumber}. ${title}`)

interface Call {
  readonly method?: string
  readonly type?: string
  readonly body?: string
  readonly expected?: number
}

/** Sends one request and prints it with its answer. @throws Error when the status is not the expected one */
async function call(url: string, path: string, { method = 'POST', type, body, expected = 200 }: Call): Promise<string> {
  say(`   > ${method} ${path}${type ? `   ${type}` : ''}`)
  if (body) say(shorten(body).trimEnd().replace(/^/gm, '   > '))
  const startedMs = performance.now()
  const response = await fetch(url + path, {
    method,
    ...(type ? { headers: { 'content-type': type } } : {}),
    ...(body ? { body } : {}),
  })
  const text = await response.text()
  say(`   < ${response.status}   ${(performance.now() - startedMs).toFixed(1)} ms`)
  if (text) say(shorten(text).trimEnd().replace(/^/gm, '   < '))
  if (response.status !== expected) throw new Error(`${method} ${path} answered ${response.status}, not ${expected}.`)
  return text
}

/** Each claim with the next one of its topic, or with one half the list away. */
function pairUp(claims: readonly Claim[], isSameTopic: boolean): [string, string][] {
  const topicOf = ({ id }: Claim) => id.replace(/-\d+$/, '')
  return claims.flatMap((claim, i) => {
    const other = claims[(i + (isSameTopic ? 1 : claims.length / 2)) % claims.length]!
    return (topicOf(claim) === topicOf(other)) === isSameTopic ? [[claim.claim_text, other.claim_text]] : []
  })
}

async function trainClaims(output: string): Promise<void> {
  const log = createLog('info')
  const bar = createProgress(process.stderr, log)
  const settings = { language: 'de', epochs: 1000, sample: 0, normalization: 'stemming', search: 'bm25' }
  say(`   train DocSim on cli/demo-data/claims_de.csv with ${JSON.stringify(settings)}`)
  const params = { ...settings, examples }
  const job = { plugin: 'DocSim', channels: { train: claimsFile }, params, output, threads: 1, log }
  const { files, seconds } = await train({ ...job, progress: bar.report })
  bar.clear()
  say(formatTable([['file', 'size'], ...files.map(({ name, bytes }) => [name, formatBytes(bytes)])]).trimEnd())
  say(`   trained in ${seconds.toFixed(1)} s`)
}

async function run(folder: string): Promise<void> {
  const claims: Claim[] = parse(await readFile(claimsFile), { columns: true })
  const artifact = join(folder, 'claims')

  heading(`Train a model of ${claims.length} German claims`)
  await trainClaims(artifact)

  heading('Start a host on a free port')
  const host = await startOwnHost({ plugins: [], log: createLog('warn') })
  say(`   listening on ${host.url}`)
  try {
    await showModel(host, artifact, claims)
    if (process.argv.includes('--keep')) await keepServing(host.url, artifact)
  } finally {
    await host.close()
  }
}

async function showModel(host: Host, artifact: string, claims: readonly Claim[]): Promise<void> {
  const { url } = host
  const json = 'application/json'
  heading('Load the model; see its own examples answered, as "modelhost inspect" shows them')
  await call(url, '/models', { type: json, body: JSON.stringify({ model_name: 'claims', url: artifact }) })
  const { examples } = await describeArtifact(artifact, host.catalog)
  const asked = await askExamples(host, 'claims', examples)
  say(formatExamples(asked).trimEnd())
  if (asked.length === 0 || asked.some(({ error }) => error)) throw new Error('The model did not answer its examples.')

  heading('List what is loaded')
  await call(url, '/models', { method: 'GET' })

  heading('Ask for similarities with CSV: one row a pair')
  const textOf = (id: string) => claims.find(claim => claim.id === id)!.claim_text
  const pairs = examplePairs.map(ids => ids.map(textOf))
  const rows = await call(url, '/models/claims/invoke', { type: 'text/csv', body: pairs.map(csvRow).join('') })
  const similarities = (JSON.parse(rows) as string[]).map(value => Number(value).toFixed(2))
  const lines = pairs.map((texts, i) => [similarities[i]!, ...texts.map(text => shorten(text, 50))])
  say(formatTable([['', 'text1', 'text2'], ...lines]).trimEnd())

  heading('Ask with JSON: one topic, then two')
  const [text1, text2] = ['Windräder liefern Strom für viele Haushalte', 'Im Winter liefern Solaranlagen weniger Strom']
  const instances = [
    { text1, text2 },
    { text1, text2: 'Im Marathon gewinnen Läufer aus Kenia' },
  ]
  await call(url, '/models/claims/invoke', { type: json, body: JSON.stringify({ instances }) })

  heading('Was it checked already? Search the claims by their words')
  const query = { text: 'Es heißt, die meisten Windräder stehen an vielen Tagen still #Energiewende', top: 3 }
  const answered = await call(url, '/models/claims/invoke', { type: json, body: JSON.stringify(query) })
  const found = JSON.parse(answered) as { id: string; text: string; score: number }[]
  say(
    formatTable([
      ['score', 'id', 'text'],
      ...found.map(({ id, text, score }) => [score.toFixed(2), id, text]),
    ]).trimEnd(),
  )
  if (found[0]?.id !== 'energie-02') throw new Error('The claim that says it was not found.')

  heading('Are claims of one topic more alike than others? All at once')
  const all = { same: pairUp(claims, true), other: pairUp(claims, false) }
  const body = [...all.same, ...all.other].map(csvRow).join('')
  const answer = JSON.parse(await call(url, '/models/claims/invoke', { type: 'text/csv', body })) as string[]
  const mean = (values: string[]) => values.reduce((sum, value) => sum + Number(value), 0) / values.length
  const [same, other] = [mean(answer.slice(0, all.same.length)), mean(answer.slice(all.same.length))]
  say(
    `   ${all.same.length} pairs of one topic: ${same.toFixed(2)} on average; ${all.other.length} others: ${other.toFixed(2)}`,
  )
  if (!(same > other)) throw new Error('Pairs of one topic are not more alike than others.')

  heading('A bad request gets a clear error')
  await call(url, '/models/claims/invoke', { type: json, body: JSON.stringify({ text1 }), expected: 400 })

  heading('Unload the model; it is gone then')
  await call(url, '/models/claims', { method: 'DELETE' })
  await call(url, '/models/claims/invoke', { type: json, body: JSON.stringify({ text1, text2 }), expected: 404 })
}

async function keepServing(url: string, artifact: string): Promise<void> {
  heading('Go on serving; Ctrl-C ends it. Try:')
  const load = JSON.stringify({ model_name: 'claims', url: artifact })
  const ask = `curl -s ${url}/models/claims/invoke`
  say(`curl -s ${url}/models -H 'Content-Type: application/json' -d '${load}'`)
  say(`curl -s ${url}/models`)
  say(`${ask} -H 'Content-Type: application/json' -d '{"text1": "Strom aus Wind", "text2": "Windräder liefern Strom"}'`)
  say(`${ask} -H 'Content-Type: text/csv' --data-binary '"Strom aus Wind","Eine Steuer auf Löhne"'`)
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
