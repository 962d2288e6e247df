import { type ArtifactWriter, encodeTensorFile, fail, type Log, type TrainContext, type TrainEnd } from 'modelhost'
import { augment } from '../_text/entities/augment.js'
import { fitCurve } from '../_text/entities/calibrate.js'
import { type EntityCorpus, readEntityCorpus } from '../_text/entities/corpus.js'
import { type Judged, judge } from '../_text/entities/development.js'
import { labelsOf, toTaggedCorpus } from '../_text/entities/tagged-corpus.js'
import { nameTemplates } from '../_text/entities/templates.js'
import type { Tagger } from '../_text/tagging/tagger.js'
import { taggerOf } from '../_text/tagging/tagger-file.js'
import type { TaggerFile, TrainedTagger } from '../_text/tagging/training/tagger-source.js'
import type { Development } from '../_text/tagging/training/tools.js'
import { trainTagger } from '../_text/tagging/training/train.js'
import type { Refuse } from '../_text/text-files.js'
import type { Params } from './params.js'
import { readTrainingTables, type TrainingTables } from './training-tables.js'

const plugin = 'NER'

/**
 * Learns from the sentences of the channel `train` and writes `<prefix>-model`. Channels that may be there: `dev`,
 * sentences to find names in after each epoch, and what is known of words. @see readTrainingTables
 */
export async function trainModel(context: TrainContext<Params>, version: string): Promise<TrainEnd> {
  const { channels, params, artifact, log, progress, threads } = context
  const refuse: Refuse = (problem, cause) => fail('TRAIN_FAILED', { plugin, problem }, cause)
  const read = async (path: string) => warned(await readEntityCorpus([path], params, refuse), log)
  const corpus = await read(channels.train)
  const dev = channels['dev'] === undefined ? undefined : await read(channels['dev'])
  const tagged = toTaggedCorpus(augment(corpus.sentences, params), corpus.domains, refuse)
  const tables = await readTrainingTables(channels, params, refuse)
  const templates = params.templates.length > 0 ? params.templates : nameTemplates(tables.known)
  const patience = params.patience > 0 ? params.patience : undefined
  const settings = { ...params, templates, join_hyphens: false, patience }
  const development = dev && ((tagger: Tagger) => developmentOf(judge(tagger, dev.sentences, params)))
  const labels = labelsOf(corpus.sentences).join(' ')
  const write = async (to: ArtifactWriter, { source, epochs }: TrainedTagger, told?: Log) => {
    const measured = dev ? measuredOn(dev, openTrained(source, tables), params, told) : {}
    const own = {
      ...(epochs === undefined ? {} : { epochs: String(epochs) }),
      labels,
      plugin,
      plugin_version: version,
      version,
      params: JSON.stringify(params),
    }
    await to.write('model', { tensors: source.tensors, metadata: { ...source.metadata, ...measured, ...own } })
  }
  const trained = await trainTagger(tagged, tables.lists, settings, {
    ...{ log, progress, threads, refuse, development },
    secondsLeft: () => context.secondsLeft(),
    saving: { checkpoints: context.checkpoints, write: (to, trained) => write(to, trained) },
  })
  await write(artifact, trained, log)
  return trained.end
}

const developmentOf = ({ precision, recall, f1 }: Judged): Development => ({
  figures: { 'dev P': precision, 'dev R': recall, 'dev F1': f1 },
  score: f1,
})

const openTrained = (source: TaggerFile, { asset }: TrainingTables): Tagger =>
  taggerOf(encodeTensorFile(source), 'NER-model', asset)

/** How good the whole is, and the curve of its scores. @param log  told where there is none */
function measuredOn(
  { sentences }: EntityCorpus,
  tagger: Tagger,
  params: Params,
  log?: Log,
): Readonly<Record<string, string>> {
  const { precision, recall, f1, found } = judge(tagger, sentences, params)
  const curve = fitCurve(found)
  if (curve === undefined) {
    log?.warn({ names: found.margins.length }, 'the development set says too little of scores: they follow the default')
  }
  const percent = (share: number) => (100 * share).toFixed(2)
  return {
    dev_precision: percent(precision),
    dev_recall: percent(recall),
    dev_f1: percent(f1),
    ...(curve ? { score_slope: String(curve.slope), score_offset: String(curve.offset) } : {}),
  }
}

function warned(corpus: EntityCorpus, log: Log): EntityCorpus {
  const { widened, dropped, places } = corpus.misaligned
  if (widened + dropped > 0) {
    log.warn({ widened, dropped, first: places }, 'names that do not end as tokens do were widened, or left out')
  }
  return corpus
}
