import type { Host } from '../../core/host.js'
import { formatTable } from '../text.js'
import { call, heading, json, say } from './call.js'
import { loadWithExamples } from './load.js'
import { trainOnClaims } from './train.js'

/** The part of TopicalPageRank: the keyphrases of a text, from another model in the same host. */

const path = '/models/keyphrases/invoke'
const text =
  'Die neue Impfung gegen Grippe schützt ältere Menschen im Winter, sagt ein Arzt. Eine schwere Grippe bekommen nach der ' +
  'Impfung nur wenige Menschen.'
const examples = ['Ein modernes Windrad liefert genug Strom für viele Haushalte.', { text, top: 3 }]

export async function trainKeyphrases(output: string): Promise<void> {
  heading('Train a model of another type on the same claims: their keyphrases')
  const settings = { language: 'de', n_topics: 20 }
  await trainOnClaims({ plugin: 'TopicalPageRank', settings, examples, output })
}

interface Explanation {
  readonly keyphrases: readonly (readonly [phrase: string, score: number])[]
  readonly tokens: readonly { readonly text: string; readonly tag: string }[]
  readonly topics: readonly (readonly [topic: number, share: number])[]
}

export async function showKeyphrases(host: Host, artifact: string): Promise<void> {
  heading('Load it beside DocSim')
  await loadWithExamples(host, 'keyphrases', artifact)

  heading('Ask for keyphrases with a plain text')
  const answer = JSON.parse(await call(host.url, path, { type: 'text/plain', body: text })) as [string, number][]
  if (answer.length === 0) throw new Error('No keyphrase was found.')

  heading('See how they came about')
  const body = JSON.stringify({
    text: 'Nach der Impfung bekommen nur wenige Menschen eine schwere Grippe.',
    explain: true,
  })
  const { tokens, topics } = JSON.parse(await call(host.url, path, { type: json, body })) as Explanation
  say(formatTable([tokens.map(token => token.text), tokens.map(token => token.tag)]).trimEnd())
  const largest = topics.slice(0, 3)
  say(`   topics: ${largest.map(([topic, share]) => `${topic} (${(100 * share).toFixed(0)}%)`).join(', ')}`)
}

export async function unloadKeyphrases(host: Host): Promise<void> {
  heading('Unload the others too')
  await call(host.url, '/models/keyphrases', { method: 'DELETE' })
}
