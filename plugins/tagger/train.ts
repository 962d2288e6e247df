import { type ArtifactWriter, fail, type TrainContext, type TrainEnd } from 'modelhost'
import { readCorpus } from '../_text/tagging/training/corpus.js'
import { watchAccuracy } from '../_text/tagging/training/development.js'
import type { TaggerSettings } from '../_text/tagging/training/settings.js'
import type { TrainedTagger } from '../_text/tagging/training/tagger-source.js'
import { trainTagger } from '../_text/tagging/training/train.js'
import { readWordLists } from '../_text/tagging/training/word-lists.js'
import type { Refuse } from '../_text/text-files.js'

const plugin = 'Tagger'

/**
 * Learns from the treebanks of the channel `train` and writes `<prefix>-model`. Channels that may be there: `lexicon`,
 * `clusters`, and `dev`, a treebank to tag after each epoch.
 */
export async function trainModel(context: TrainContext<TaggerSettings>, version: string): Promise<TrainEnd> {
  const { channels, params, artifact, log, progress, threads } = context
  const refuse: Refuse = (problem, cause) => fail('TRAIN_FAILED', { plugin, problem }, cause)
  const { train, lexicon, clusters, dev } = channels
  const corpus = await readCorpus([train], params, refuse)
  const lists = await readWordLists(params.language, { lexicon, clusters }, refuse)
  const watch = dev === undefined ? undefined : watchAccuracy((await readCorpus([dev], params, refuse)).sentences)
  const write = async (to: ArtifactWriter, { source, development }: TrainedTagger) => {
    const { tensors, metadata } = source
    const measured = development ? { dev_accuracy: (100 * development.score).toFixed(2) } : {}
    const own = { plugin, plugin_version: version, version, params: JSON.stringify(params) }
    await to.write('model', { tensors, metadata: { ...metadata, ...measured, ...own } })
  }
  const trained = await trainTagger(corpus, lists, params, {
    ...{ log, progress, threads, refuse, development: watch },
    secondsLeft: () => context.secondsLeft(),
    saving: { checkpoints: context.checkpoints, write },
  })
  await write(artifact, trained)
  return trained.end
}
