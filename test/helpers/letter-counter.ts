import type { Test } from 'tap'
import { folder } from './artifacts.js'

/** A plugin without a dependency: how often a text has a letter, times the length of what it was trained on. */
export const letterCounter = `
import { readFile } from 'node:fs/promises'
const text = { type: 'string', description: 'What is looked at.' }
export default {
  name: 'LetterCounter', version: '1.0.0', summary: 'Counts a letter.',
  params: { type: 'object', properties: { letter: { type: 'string', default: 'a', description: 'Which.' } } },
  request: { type: 'object', required: ['text'], properties: { text } },
  response: { type: 'number' },
  load: ({ artifact, params }) => ({ letter: params.letter, weight: artifact.model.tensor('weight', 'F64', [1])[0] }),
  predict: ({ letter, weight }, { text }) => weight * (text.split(letter).length - 1),
  async train({ channels, artifact }) {
    const { length } = await readFile(channels.train, 'utf8')
    await artifact.write('model', { tensors: { weight: Float64Array.of(length) } })
  },
}`

/** A package that is this plugin, with a text to train on. */
export function letterCounterPackage(t: Pick<Test, 'teardown'>): Promise<string> {
  const manifest = { name: 'letter-counter', type: 'module', exports: './index.js', keywords: ['modelhost-plugin'] }
  return folder(t, {
    'package.json': JSON.stringify(manifest),
    'index.js': letterCounter,
    'data/texts.txt': 'abc',
    'other/package.json': '{"keywords": ["else"]}',
    'broken/package.json': '{',
  })
}

export const letterCounterTraining = { plugin: 'LetterCounter', channels: { train: 'data/texts.txt' } }
