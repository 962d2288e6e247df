import type { TaggerSettings } from '../_text/tagging/training/settings.js'

/** How a tagger that comes with the host is learned; files are named in the data folder. */
export interface Recipe {
  /** Sets whose licence allows a model to be passed on. */
  readonly train: readonly string[]
  /** What is left out of a training whose figure is to be told: all of it, or one fold after the other. */
  readonly dev: string
  readonly folds: boolean
  readonly lexicon?: string
  readonly clusters?: string
  /** Of the model, and what it was learned from. */
  readonly licence: string
  readonly sources: readonly string[]
  readonly settings: TaggerSettings
}

const common = { templates: [], seed: 1, threshold: 0.6, runs: 10 }

export const recipes: Readonly<Record<string, Recipe>> = {
  de: {
    train: ['pos/de/ud_german_gsd.dev.conllu.gz', 'pos/de/ud_german_pud.conllu.gz', 'pos/de/empirist.train.conllu.gz'],
    dev: 'pos/de/ud_german_gsd.dev.conllu.gz',
    folds: true,
    lexicon: 'lexicon/de_pos_lexicon.tsv.gz',
    licence: 'CC-BY-SA-4.0',
    sources: [
      'UniversalDependencies/UD_German-GSD @297fcf3 (dev), CC BY-SA 4.0',
      'UniversalDependencies/UD_German-PUD @ff80846, CC BY-SA 3.0',
      'fau-klue/empirist-corpus @9f00233 (train), CC BY-SA 3.0',
      'languagetool-org/german-pos-dict @a0d7adc, CC BY-SA 4.0',
    ],
    settings: {
      ...common,
      language: 'de',
      join_hyphens: true,
      domain: 'ud_german_gsd.dev',
      epochs: 8,
      min_count: 1,
    },
  },
  en: {
    train: ['pos/en/ud_english_ewt.train.conllu.gz', 'pos/en/ud_english_ewt.dev.conllu.gz'],
    dev: 'pos/en/ud_english_ewt.dev.conllu.gz',
    folds: false,
    clusters: 'clusters/en_tweets_brown_6m.tsv.gz',
    licence: 'CC-BY-SA-4.0',
    sources: [
      'UniversalDependencies/UD_English-EWT @15d613d (train, dev), CC BY-SA 4.0',
      'brendano/ark-tweet-nlp @72755cc (6mpaths), Apache-2.0',
    ],
    settings: { ...common, language: 'en', join_hyphens: false, epochs: 6, min_count: 2 },
  },
}
