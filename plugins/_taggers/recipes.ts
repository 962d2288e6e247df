import type { TaggerSettings } from '../_text/tagging/training/settings.js'

/** How a tagger that comes with the host is learned; files are named in the data folder. */
export interface Recipe {
  /** Sets whose licence allows a model to be passed on. */
  readonly train: readonly string[]
  /** Left out of a training whose figure is to be told. */
  readonly dev: string
  readonly lexicon?: string
  readonly clusters?: string
  readonly licence: string
  readonly settings: TaggerSettings
}

const common = { templates: [], seed: 1, threshold: 0.6 }

export const recipes: Readonly<Record<string, Recipe>> = {
  de: {
    train: ['pos/de/ud_german_gsd.dev.conllu.gz', 'pos/de/ud_german_pud.conllu.gz', 'pos/de/empirist.train.conllu.gz'],
    dev: 'pos/de/ud_german_gsd.dev.conllu.gz',
    lexicon: 'lexicon/de_pos_lexicon.tsv.gz',
    licence: 'CC-BY-SA-4.0',
    settings: {
      ...common,
      language: 'de',
      join_hyphens: true,
      domain: 'ud_german_gsd.dev',
      epochs: 8,
      runs: 10,
      min_count: 1,
    },
  },
  en: {
    train: ['pos/en/ud_english_ewt.train.conllu.gz', 'pos/en/ud_english_ewt.dev.conllu.gz'],
    dev: 'pos/en/ud_english_ewt.dev.conllu.gz',
    clusters: 'clusters/en_tweets_brown_6m.tsv.gz',
    licence: 'CC-BY-SA-4.0',
    settings: { ...common, language: 'en', join_hyphens: false, epochs: 6, runs: 5, min_count: 2 },
  },
}
