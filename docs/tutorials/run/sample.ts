import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { csvLine } from './csv.js'

/** The folder of the sample's files. */
export const sampleFolder = new URL('../../../../docs/tutorials/sample/', import.meta.url)

const fromLine = (line: string) => {
  const [createdAt, device, retweets, favorites, isRetweet, marked] = line.split('\t') as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  return { createdAt, device, retweets, favorites, isRetweet: isRetweet === 'true', ...readMarks(marked) }
}

/** `[Ohio|LOC] is "big"` -> the text without its marks, and the entities in it, offsets in UTF-16 units. */
function readMarks(marked: string) {
  const entities: { text: string; label: string; start: number; end: number; score: number }[] = []
  let text = ''
  for (const part of marked.replaceAll('\\n', '\n').split(/(\[[^[\]|]+\|[A-Z]+\])/)) {
    const mark = /^\[(.+)\|([A-Z]+)\]$/.exec(part)
    const plain = mark ? mark[1]! : part
    if (mark) {
      entities.push({ text: plain, label: mark[2]!, start: text.length, end: text.length + plain.length, score: 1 })
    }
    text += plain
  }
  return { text, entities }
}

/**
 * The sample's files, made from `marked.tsv`: the same tweets with both column sets of the archive, and the answers of a
 * model that finds all that is marked.
 *
 * @returns file name -> its text
 */
export async function makeSample(): Promise<Record<string, string>> {
  const lines = (await readFile(new URL('marked.tsv', sampleFolder), 'utf8')).split('\n').slice(1, -1)
  // Larger than a double holds, as the ids of real tweets are, and larger than theirs.
  const tweets = lines.map((line, i) => ({ id: String(9_000_000_000_000_000_001n + BigInt(i)), ...fromLine(line) }))
  const american = (time: string) => time.replace(/^(\d+)-(\d+)-(\d+)/, '$2-$3-$1')
  const v1 = tweets.map(t =>
    csvLine([t.device, t.text, american(t.createdAt), t.retweets, t.favorites, t.isRetweet, t.id]),
  )
  const letter = (yes: boolean) => (yes ? 't' : 'f')
  const v2 = tweets.map(t =>
    csvLine([t.id, t.text, letter(t.isRetweet), 'f', t.device, t.favorites, t.retweets, t.createdAt, 'f']),
  )
  const answers = tweets.map(t => `${JSON.stringify({ id_str: t.id, prediction: t.entities })}\n`)
  return {
    'tweets.csv': `source,text,created_at,retweet_count,favorite_count,is_retweet,id_str\n${v1.join('')}`,
    'tweets_v2.csv': `id,text,isRetweet,isDeleted,device,favorites,retweets,date,isFlagged\n${v2.reverse().join('')}`,
    'entities.jsonl': answers.join(''),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(await makeSample())) await writeFile(new URL(name, sampleFolder), text)
}
