import type { Host } from '../../core/host.js'
import { formatTable } from '../text.js'
import { call, heading, json, say, shorten } from './call.js'
import { type Claim, textOf } from './claims.js'
import { loadWithExamples } from './load.js'
import { trainOnClaims } from './train.js'

/** The part of DocSim: similar claims, and claims that were checked already. */

const csvRow = (cells: readonly string[]) => `${cells.map(cell => `"${cell.replaceAll('"', '""')}"`).join(',')}\n`

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

const text1 = 'Windräder liefern Strom für viele Haushalte'
const text2 = 'Im Winter liefern Solaranlagen weniger Strom'
const path = '/models/claims/invoke'

export async function trainDocSim(output: string, claims: readonly Claim[]): Promise<void> {
  heading(`Train a model of ${claims.length} German claims`)
  const settings = { language: 'de', epochs: 1000, sample: 0, normalization: 'stemming', search: 'bm25' }
  await trainOnClaims({ plugin: 'DocSim', settings, examples, output })
}

export async function showDocSim(host: Host, artifact: string, claims: readonly Claim[]): Promise<void> {
  heading('Load the model; see its own examples answered, as "modelhost inspect" shows them')
  await loadWithExamples(host, 'claims', artifact)
  heading('List what is loaded')
  await call(host.url, '/models', { method: 'GET' })
  await compareClaims(host.url, claims)
  await searchClaims(host.url)
  await compareTopics(host.url, claims)
  heading('A bad request gets a clear error')
  await call(host.url, path, { type: json, body: JSON.stringify({ text1 }), expected: 400 })
}

export async function unloadDocSim(host: Host): Promise<void> {
  heading('Unload the model; it is gone then')
  await call(host.url, '/models/claims', { method: 'DELETE' })
  await call(host.url, path, { type: json, body: JSON.stringify({ text1, text2 }), expected: 404 })
}

async function compareClaims(url: string, claims: readonly Claim[]): Promise<void> {
  heading('Ask for similarities with CSV: one row a pair')
  const pairs = examplePairs.map(ids => ids.map(id => textOf(claims, id)))
  const rows = await call(url, path, { type: 'text/csv', body: pairs.map(csvRow).join('') })
  const similarities = (JSON.parse(rows) as string[]).map(value => Number(value).toFixed(2))
  const lines = pairs.map((texts, i) => [similarities[i]!, ...texts.map(text => shorten(text, 50))])
  say(formatTable([['', 'text1', 'text2'], ...lines]).trimEnd())

  heading('Ask with JSON: one topic, then two')
  const instances = [
    { text1, text2 },
    { text1, text2: 'Im Marathon gewinnen Läufer aus Kenia' },
  ]
  await call(url, path, { type: json, body: JSON.stringify({ instances }) })
}

async function searchClaims(url: string): Promise<void> {
  heading('Was it checked already? Search the claims by their words')
  const query = { text: 'Es heißt, die meisten Windräder stehen an vielen Tagen still #Energiewende', top: 3 }
  const answered = await call(url, path, { type: json, body: JSON.stringify(query) })
  const found = JSON.parse(answered) as { id: string; text: string; score: number }[]
  const rows = found.map(({ id, text, score }) => [score.toFixed(2), id, text])
  say(formatTable([['score', 'id', 'text'], ...rows]).trimEnd())
  if (found[0]?.id !== 'energie-02') throw new Error('The claim that says it was not found.')
}

async function compareTopics(url: string, claims: readonly Claim[]): Promise<void> {
  heading('Are claims of one topic more alike than others? All at once')
  const all = { same: pairUp(claims, true), other: pairUp(claims, false) }
  const body = [...all.same, ...all.other].map(csvRow).join('')
  const answer = JSON.parse(await call(url, path, { type: 'text/csv', body })) as string[]
  const mean = (values: string[]) => values.reduce((sum, value) => sum + Number(value), 0) / values.length
  const [same, other] = [mean(answer.slice(0, all.same.length)), mean(answer.slice(all.same.length))]
  say(
    `   ${all.same.length} pairs of one topic: ${same.toFixed(2)} on average; ${all.other.length} others: ${other.toFixed(2)}`,
  )
  if (!(same > other)) throw new Error('Pairs of one topic are not more alike than others.')
}

/** Each claim with the next one of its topic, or with one half the list away. */
function pairUp(claims: readonly Claim[], isSameTopic: boolean): [string, string][] {
  const topicOf = ({ id }: Claim) => id.replace(/-\d+$/, '')
  return claims.flatMap((claim, i) => {
    const other = claims[(i + (isSameTopic ? 1 : claims.length / 2)) % claims.length]!
    return (topicOf(claim) === topicOf(other)) === isSameTopic ? [[claim.claim_text, other.claim_text]] : []
  })
}
