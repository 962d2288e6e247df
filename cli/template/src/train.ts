import { fail, stringList, stringTable, type TrainContext } from 'modelhost'
import type { Params } from './params.js'
import { readRows } from './table.js'
import { wordsOf } from './words.js'

/**
 * Counts how often each word stands in the texts of each label, and writes the model. The same rows, in whatever order,
 * give the same file.
 *
 * @throws HostError TRAIN_FAILED naming what the rows lack
 * @see Manning, Raghavan and Schütze 2008, Introduction to Information Retrieval, section 13.2
 */
export async function train({ channels, params, artifact, log, progress }: TrainContext<Params>) {
  const refuse = (problem: string) => fail('TRAIN_FAILED', { plugin: 'MySentiment', problem })
  const rows = await readRows(channels.train, refuse)
  if (rows.length === 0) throw refuse('there are no rows to learn from.')
  const labels = [...new Set(rows.map(({ label }) => label))].sort()
  if (labels.length < 2) throw refuse(`all rows have the label "${labels[0]}". Give it texts of another label, too.`)

  const textCounts = labels.map(() => 0)
  const wordCounts = new Map<string, number[]>() // word -> how often it stands in the texts of each label
  for (const [i, { label, text }] of rows.entries()) {
    const k = labels.indexOf(label)
    textCounts[k]! += 1
    for (const word of wordsOf(text)) {
      const counts = wordCounts.get(word) ?? labels.map(() => 0)
      counts[k]! += 1
      wordCounts.set(word, counts)
    }
    if ((i + 1) % 1000 === 0 || i + 1 === rows.length) progress({ done: i + 1, total: rows.length, unit: 'texts' })
  }

  const kept = [...wordCounts].filter(([, counts]) => sum(counts) >= params.min_count)
  if (kept.length === 0) throw refuse(`no word occurs ${params.min_count} times. Set min_count lower.`)
  kept.sort(([a], [b]) => (a < b ? -1 : 1))
  const vocabulary = kept.map(([word]) => word)
  const smoothed = kept.map(([, counts]) => counts.map(count => count + params.smoothing))
  const totals = labels.map((_, k) => sum(smoothed.map(counts => counts[k]!)))
  const wordScores = smoothed.flatMap(counts => counts.map((count, k) => Math.log(count / totals[k]!)))
  log.info({ texts: rows.length, labels: labels.length, words: vocabulary.length }, 'texts counted')

  await artifact.write('model', {
    tensors: {
      ...stringList('labels', labels),
      ...stringTable('vocabulary', vocabulary),
      label_scores: Float32Array.from(textCounts, count => Math.log(count / rows.length)),
      word_scores: { data: Float32Array.from(wordScores), shape: [vocabulary.length, labels.length] },
    },
  })
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
