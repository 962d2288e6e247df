import { join } from 'node:path'
import type { PluginTestOptions } from 'modelhost/testing'
import type { Test } from 'tap'
import { train } from '../../core/host.js'
import type { AnyPlugin } from '../../core/plugin.js'
import ner from '../../plugins/ner/index.js'
import tagger from '../../plugins/tagger/index.js'
import topicalPageRank from '../../plugins/topical-page-rank/index.js'
import { folder } from './artifacts.js'
import { silentLog } from './silent-log.js'
import { treebankText } from './tagger.js'
import { trainNames } from './tiny-names.js'
import { tinyTopicalPageRank } from './topical-page-rank-artifact.js'

/** What our plugins are given in the suite of all plugins: by their own tests in one thread, by test/long in a host. */
export interface PluginSuite {
  readonly plugin: AnyPlugin
  options(t: Pick<Test, 'teardown'>): Promise<PluginTestOptions>
}

const nerSuite: PluginSuite = {
  plugin: ner,
  options: async t => ({
    artifact: await trainNames(t),
    speedMs: 1,
    examples: [
      { request: { text: 'Anna Kowalski works at Nordwind in Oslo.' } },
      { request: { text: '' }, response: [] },
      { request: { text: 'Oslo', offsets: 'utf8' } },
      { request: { tokens: [['Tom', 'Becker', 'left', '.'], [], ['Oslo']] } },
    ],
  }),
}

const tagged = [
  { text: 'Die', tag: 'DET', start: 0, end: 3 },
  { text: 'neue', tag: 'ADJ', start: 4, end: 8 },
  { text: 'Studie', tag: 'NOUN', start: 9, end: 15 },
  { text: '.', tag: 'PUNCT', start: 15, end: 16 },
]

const taggerSuite: PluginSuite = {
  plugin: tagger,
  async options(t) {
    const path = await folder(t, { 'tiny.conllu': treebankText('de') })
    const artifact = join(path, 'out')
    const params = { language: 'de', min_count: 1, threshold: 0.1 }
    const channels = { train: join(path, 'tiny.conllu') }
    await train({ plugin: 'Tagger', channels, params, output: artifact, threads: 1, log: silentLog })
    return {
      artifact,
      speedMs: 1,
      examples: [
        { request: { text: 'Die neue Studie.' }, response: tagged },
        { request: { text: '' }, response: [] },
        {
          request: { tokens: [['Die', 'neue', 'Studie', '.'], []] },
          response: tagged.map(({ text, tag }) => ({ text, tag })),
        },
        { request: { text: 'Masken  schützen\n\nvor Viren' } },
      ],
    }
  },
}

const text = 'Die neue Impfung schützt Kinder. Masken schützen vor neuen Viren.'
const words = [
  [
    ['Masken', 'NOUN'],
    ['helfen', 'VERB'],
  ],
]

const topicalPageRankSuite: PluginSuite = {
  plugin: topicalPageRank,
  options: async t => ({
    artifact: await tinyTopicalPageRank(t),
    speedMs: 1,
    examples: [
      { request: { text } },
      { request: { text: '' }, response: [] },
      { request: { text, top: 2, explain: true } },
      { request: { sentences: [['Masken', 'schützen', 'vor', 'neuen', 'Viren', '.']] } },
      { request: { sentences: words }, response: [['masken', 1]] },
      { request: { sentences: [] }, response: [] },
      { request: { sentences: [[], []], explain: true } },
    ],
  }),
}

export const pluginSuites = { NER: nerSuite, Tagger: taggerSuite, TopicalPageRank: topicalPageRankSuite }
