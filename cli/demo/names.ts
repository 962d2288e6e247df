import type { Host } from '../../core/host.js'
import { artifactFolder } from '../artifact-target.js'
import { formatTable } from '../text.js'
import { call, heading, json, say } from './call.js'
import { loadWithExamples } from './load.js'

/** The part of NER: who is named in tweets, as a client asks and as Snowflake does. */

const tweet =
  'RT @harborlights: MAYOR TO MEET ANGELA MERKEL in Hamburg on Friday, says the BBC 🎉 Obama&#39;s office: "see you in New York!" #Hamburg'
const rows = [
  'Serena Williams wins in Melbourne!! 🎾',
  null,
  'no names here, just coffee',
  'Toyota builds cars in Kentucky',
]

interface Name {
  readonly text: string
  readonly label: string
  readonly start: number
  readonly end: number
  readonly score: number
}

const tableOf = (names: readonly Name[]) => {
  const cells = names.map(({ text, label, start, end, score }) => [text, label, `${start}-${end}`, score.toFixed(2)])
  return formatTable([['text', 'label', 'place', 'score'], ...cells]).trimEnd()
}

export async function showNames(host: Host): Promise<void> {
  heading('Load a third type beside them: the names in English tweets, by a model of the package')
  await loadWithExamples(host, 'names', artifactFolder('ner:en'))

  heading('Who and what is named in a tweet?')
  const names = JSON.parse(await call(host.url, '/models/names/invoke', { type: 'text/plain', body: tweet })) as Name[]
  say(tableOf(names))
  if (names.length === 0) throw new Error('No name was found.')

  heading('The same model as a function in Snowflake: rows in, rows out')
  const body = JSON.stringify({ data: rows.map((text, i) => [i, text]) })
  const { data } = JSON.parse(await call(host.url, '/snowflake/names', { type: json, body })) as { data: unknown[][] }
  if (data.length !== rows.length) throw new Error(`${rows.length} rows were sent, ${data.length} came back.`)
}

export async function unloadNames(host: Host): Promise<void> {
  await call(host.url, '/models/names', { method: 'DELETE' })
}
