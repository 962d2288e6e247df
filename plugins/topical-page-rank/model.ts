import { type Artifact, type Asset, fail, type Log, type TensorFile } from 'modelhost'
import { invalid } from '../_model/invalid.js'
import { numbersOf } from './document-words.js'
import type { Params } from './params.js'
import { findParamsProblem, hasCountedStage, isOddNormalization } from './params-check.js'
import type { RankModel } from './ranker.js'
import { stopListOf } from './stop-list.js'
import { type TagSet, tagSetOf } from './tag-set.js'
import { findTagger, taggerFile } from './tagger-source.js'
import { createTextTools, type TextTools } from './text-tools.js'
import { readTopicModel } from './topics/topic-model.js'
import { warnOfChanges } from './trained-with.js'

/** Of the tensor file's metadata; a file of a later version is refused. */
export const formatVersion = 1

export interface Model extends RankModel {
  readonly params: Params
  readonly tools: TextTools
  readonly tagSet: TagSet
  /** Has the log been told of a text without a known word, and of a ranking that did not settle? */
  readonly told: { ofUnknown: boolean; ofUnsettled: boolean }
}

export interface ModelSource {
  readonly artifact: Artifact
  readonly params: Params
  readonly assets: Readonly<Record<string, Asset>>
  readonly log: Log
}

/**
 * @throws HostError PARAMS_INVALID where the grammar is wrong, or a language has no tagger; ARTIFACT_INVALID where
 *   tensors are missing, damaged, or do not fit each other
 */
export async function readModel({ artifact, params, assets, log }: ModelSource): Promise<Model> {
  const file = artifact.model
  checkVersion(file)
  const problem = findParamsProblem(params)
  if (problem) throw fail('PARAMS_INVALID', { file: `${artifact.prefix}-params.json`, problem })
  if (isOddNormalization(params.normalization)) {
    log.warn({ normalization: params.normalization }, 'this normalization is unknown: words are compared as they are')
  }
  if (!hasCountedStage(params.grammar)) {
    log.warn(
      { grammar: params.grammar },
      'the grammar has no stage named NP, whose chunks count: nothing will be found',
    )
  }
  const topics = readTopicModel(file)
  const tagger = findTagger(artifact, assets, params.language)
  const tagSet = tagSetOf(params, tagger.tags)
  if (!tagSet) {
    const tooMany = `its ${tagger.tags.length} tags are more than a grammar is matched against`
    throw fail('ARTIFACT_INVALID', { file: `${artifact.prefix}-${taggerFile}`, problem: tooMany })
  }
  warnOfChanges(file, params, tagger, log)
  return {
    topics,
    ignoredWords: numbersOf(topics.vocabulary, stopListOf(params)),
    settings: params,
    params,
    tools: await createTextTools(params, tagger),
    tagSet,
    told: { ofUnknown: false, ofUnsettled: false },
  }
}

function checkVersion(file: TensorFile): void {
  const version = file.metadata['format_version']
  if (version === undefined || version === String(formatVersion)) return
  throw invalid(file, `its format_version is "${version}", this host reads ${formatVersion}`)
}
