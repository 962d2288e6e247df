import { deepStrictEqual, rejects } from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import type { TensorSource } from 'modelhost'
import { train } from '../src/train.js'

const folder = await mkdtemp(join(tmpdir(), 'train-test-'))
after(() => rm(folder, { recursive: true, force: true }))

/** Trains on the lines of a table and answers with what the model file would hold. */
async function trainOn(lines: readonly string[], params = { smoothing: 1, min_count: 1 }) {
  const table = join(folder, 'texts.csv')
  await writeFile(table, ['label,text', ...lines].join('\n'))
  const written: TensorSource[] = []
  await train({
    channels: { train: table },
    params,
    artifact: { write: async (_name, content) => void written.push(content) },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    progress() {},
    threads: 1,
    secondsLeft: () => Number.POSITIVE_INFINITY,
    checkpoints: { found: undefined, isDue: () => false, save: async () => {} },
  })
  return written
}

test('the same rows in another order give the same model', async () => {
  const lines = ['good,"bright, warm and ""soft"""', 'bad,cold', 'good,warm']
  deepStrictEqual(await trainOn(lines), await trainOn(lines.toReversed()))
})

test('a word counts for the label in whose texts it stands', async () => {
  const [model] = await trainOn(['good,warm warm', 'bad,cold'])
  // By hand: of "cold" and "warm", each seen once more than it was, "bad" has 2 and 1 of 3, "good" 1 and 3 of 4.
  const chances = [2 / 3, 1 / 4, 1 / 3, 3 / 4]
  const data = Float32Array.from(chances, Math.log)
  deepStrictEqual(model?.tensors['word_scores'], { data, shape: [2, 2] })
  deepStrictEqual(model?.tensors['label_scores'], Float32Array.of(Math.log(1 / 2), Math.log(1 / 2)))
})

test('what it cannot learn from is refused with the reason', async () => {
  await rejects(trainOn([]), /there are no rows to learn from/)
  await rejects(trainOn(['good,warm', 'good,soft']), /all rows have the label "good"/)
  await rejects(trainOn(['good,warm', 'bad']), /texts.csv is no valid CSV: .* on line 3/)
  await rejects(trainOn(['good,warm', ',cold']), /row 2 of texts.csv has no label/)
  await rejects(trainOn(['good,warm', 'bad,cold'], { smoothing: 1, min_count: 2 }), /no word occurs 2 times/)
})
