/** What models of the built-in plugins are asked in the reference, and what they answer: computed, not written. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openLocalModel } from '../../core/local-model.js'
import { describeArtifact } from '../../core/params.js'
import type { AnyPlugin } from '../../core/plugin.js'
import { shippedNames } from '../../plugins/_text/entities/shipped.js'
import { shippedTagger } from '../../plugins/_text/tagging/shipped.js'
import { tinyDocSim } from '../helpers/docsim-artifact.js'
import { silentLog } from '../helpers/silent-log.js'
import { tinyTopicalPageRank } from '../helpers/topical-page-rank-artifact.js'

export interface AskedExample {
  /** Which model is asked; of the first example. */
  readonly words: string
  readonly request: unknown
  readonly response: unknown
}

type Scope = Parameters<typeof tinyDocSim>[0]

interface Asked {
  readonly words: string
  artifact(scope: Scope): Promise<string>
  readonly requests: readonly unknown[]
}

const folderOf = async (model: URL | undefined) => dirname(fileURLToPath(model!))

/** Plugin -> a model, and requests to it. */
const asked: Readonly<Record<string, Asked>> = {
  DocSim: {
    words: 'A model that knows four words:',
    artifact: scope => tinyDocSim(scope),
    requests: [{ text1: 'impfung', text2: 'ärzte' }],
  },
  NER: {
    words: 'The model `ner:en` of the package:',
    artifact: () => folderOf(shippedNames('en', 'model')),
    requests: [{ text: 'Google opens an office in Paris.' }, { tokens: [['Paris', 'is', 'in', 'France', '.']] }],
  },
  Tagger: {
    words: 'The tagger `tagger:de` of the package:',
    artifact: () => folderOf(shippedTagger('de')),
    requests: [{ text: 'Die neue Studie ist falsch.' }, { tokens: [['Masken', 'schützen', 'vor', 'Viren', '.']] }],
  },
  TopicalPageRank: {
    words: 'A model of two topics and five words:',
    artifact: scope => tinyTopicalPageRank(scope),
    requests: [
      { text: 'Neue Studie über Masken. Masken schützen vor neuen Viren.' },
      { sentences: [['Neue', 'Masken', 'schützen', 'vor', 'Viren', '.']], top: 1 },
    ],
  },
}

/** @returns the examples of each plugin, in their order */
export async function askedExamples(plugins: readonly AnyPlugin[]): Promise<Map<string, AskedExample[]>> {
  const ends: (() => unknown)[] = []
  const scope: Scope = { teardown: end => void ends.push(end as () => unknown) }
  const catalog = new Map(plugins.map(plugin => [plugin.name, { plugin, source: 'built in', module: '' }]))
  const examples = new Map<string, AskedExample[]>()
  try {
    for (const plugin of plugins) {
      const { words, artifact, requests } = asked[plugin.name] ?? unknown(plugin.name)
      const model = await openLocalModel(plugin, await describeArtifact(await artifact(scope), catalog), silentLog)
      const answered: AskedExample[] = []
      for (const request of requests) answered.push({ words, request, response: await model.predict(request) })
      examples.set(plugin.name, answered)
      await model.unload()
    }
  } finally {
    for (const end of ends) await end()
  }
  return examples
}

const unknown = (name: string): never => {
  throw new Error(`Say in test/reference/model-examples.ts what a model of ${name} is asked.`)
}
