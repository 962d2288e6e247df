import type { Log, TensorFile } from 'modelhost'
import { changedParams } from '../_model/changed-params.js'
import type { Tagger } from '../_text/tagging/tagger.js'
import type { Params } from './params.js'

/** Params that decide how texts are read: a model answers best where they are as in its training. */
const ofTexts = ['language', 'normalization', 'tokens', 'split_hyphens', 'stop_words', 'stop_words_extra'] as const

/** What a model file says of the tagger that its texts were tagged with. */
export function taggerMetadata({ language, version, hash }: Tagger): Record<string, string> {
  return { tagger_language: language, tagger_version: version, tagger_hash: hash }
}

export function warnOfLanguage({ language }: Pick<Params, 'language'>, tagger: Tagger, log: Log): void {
  if (tagger.language === language) return
  log.warn({ language, tagger: tagger.language }, 'the tagger is of another language than the model')
}

/** Tells where a model is served in another way than it was trained; one that does not say how it was is taken as it is. */
export function warnOfChanges(file: TensorFile, params: Params, tagger: Tagger, log: Log): void {
  const { tagger_version: version, tagger_hash: hash } = file.metadata
  if (hash !== undefined && hash !== tagger.hash) {
    const trained = { trained_with: version ?? 'unknown', trained_with_hash: hash }
    const fields = { ...trained, served_with: tagger.version, served_with_hash: tagger.hash }
    log.warn(fields, 'the model is served with another tagger than it was trained with: candidates may differ')
  }
  warnOfLanguage(params, tagger, log)
  for (const { name: param, was, is } of changedParams(file, params, ofTexts)) {
    log.warn({ param, trained_with: was, served_with: is }, 'texts are read in another way than in training')
  }
}
