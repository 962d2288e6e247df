import type { TaggerSettings } from '../_text/tagging/training/settings.js'

/** How a model of names that comes with the host is learned. */
export interface Recipe {
  readonly language: 'de' | 'en'
  readonly mode: 'text' | 'tweets'
  /** Sets whose licence allows a model to be passed on; files are named in the data folder. */
  readonly train: readonly string[]
  /** What the model is measured on, learned without it; none: the first set, by folds. */
  readonly dev: readonly string[]
  /** Label of a set -> PER, LOC or ORG; none: no name. */
  readonly labels: Readonly<Record<string, string>>
  /** Lists of names beside our own: file -> class in it -> class of ours; a class that is not there is left out. */
  readonly gazetteers: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** What our own list of another language has of these classes counts too. */
  readonly borrowed?: { readonly language: string; readonly classes: readonly string[] }
  readonly clusters?: string
  readonly lexicon?: string
  /** Raw text, to count capitals in. */
  readonly text?: string
  /** Sentences that are made of each of ours. @see SentenceMaker */
  readonly made: number
  /** Of the model, and what it was learned from. */
  readonly licence: string
  readonly sources: readonly string[]
  /** Shares of sentences that are learned in other letters too. */
  readonly shares: { readonly lower: number; readonly upper: number; readonly title: number }
  readonly settings: TaggerSettings
  /** Texts to show what the model does, and to warm it up. */
  readonly examples: readonly string[]
}

const common = {
  templates: [],
  seed: 1,
  runs: 10,
  cost: 20,
  epochs: 6,
  min_count: 3,
  threshold: 0.5,
  join_hyphens: false,
}
const ours = 'names and sentences written for this project, Apache-2.0'

export const recipes: Readonly<Record<'de' | 'en', Recipe>> = {
  en: {
    language: 'en',
    mode: 'tweets',
    train: [
      'ner/en/btc.train.conll.gz',
      'ner/en/wnut17.train.conll.gz',
      'ner/en/uner_ewt.dev.conll.gz',
      'ner/en/wikigold.conll.gz',
    ],
    dev: ['ner/en/btc.dev.conll.gz', 'ner/en/wnut17.dev.conll.gz'],
    labels: {
      person: 'PER',
      location: 'LOC',
      corporation: 'ORG',
      group: 'ORG',
      product: '',
      'creative-work': '',
      MISC: '',
    },
    gazetteers: {
      'gazetteer/en_ark.tsv.gz': {
        FIRST_M: 'FIRST',
        FIRST_F: 'FIRST',
        LAST: 'LAST',
        CELEB: 'KNOWN',
        PLACE: 'TOWN',
      },
    },
    clusters: 'clusters/en_tweets_brown_6m.tsv.gz',
    text: 'text/en/wnut_raw_tweets.txt.gz',
    made: 40,
    licence: 'CC-BY-SA-4.0',
    sources: [
      'GateNLP/broad_twitter_corpus @0c45ef7 (train), CC BY 4.0',
      'leondz/emerging_entities_17 @e52a2d2 (train, raw tweets), CC BY 4.0',
      'UniversalNER/UNER_English-EWT @8ed072d (dev), CC BY-SA 4.0',
      'Wikigold, by Babelscape/wikineural @d2e28c7, CC BY 4.0',
      'brendano/ark-tweet-nlp @72755cc (6mpaths, lists of names), Apache-2.0',
      ours,
    ],
    shares: { lower: 0.03, upper: 0.05, title: 0 },
    settings: { ...common, language: 'en' },
    examples: [
      'RT @newsdesk: Angela Merkel visits Microsoft in Seattle #tech https://t.co/abc',
      'THANK YOU OHIO! Great talk with Sen. Elizabeth Warren on CNN tonight.',
      "Boris Johnson's train to Manchester was late again, says the BBC 😀",
    ],
  },
  de: {
    language: 'de',
    mode: 'tweets',
    train: ['ner/de/germeval2014.dev.conll.gz', 'ner/de/uner_pud.conll.gz'],
    dev: [],
    labels: Object.fromEntries(
      ['PER', 'LOC', 'ORG', 'OTH'].flatMap(label => [`${label}deriv`, `${label}part`]).map(label => [label, '']),
    ),
    gazetteers: {
      'gazetteer/de_posdict_names.tsv.gz': {
        FIRST: 'FIRST',
        LAST: 'LAST',
        CITY: 'TOWN',
        COUNTRY: 'TOWN',
        REGION: 'TOWN',
        WATER: 'TOWN',
        MOUNTAIN: 'TOWN',
        PERSON_OTHER: 'LAST',
      },
    },
    borrowed: { language: 'en', classes: ['PERSON', 'SURNAME', 'ORG', 'PLACE'] },
    lexicon: 'lexicon/de_pos_lexicon.tsv.gz',
    made: 10,
    licence: 'CC-BY-SA-4.0',
    sources: [
      'GermEval 2014 (dev), by MaviccPRP/ger_ner_evals @091199e, CC BY 4.0',
      'UniversalNER/UNER_German-PUD @47eb039, CC BY-SA 3.0',
      'languagetool-org/german-pos-dict @a0d7adc, CC BY-SA 4.0',
      ours,
    ],
    shares: { lower: 0.03, upper: 0.05, title: 0 },
    settings: { ...common, language: 'de', min_count: 1 },
    examples: [
      'Bundeskanzlerin Angela Merkel sprach am Montag in Hamburg mit Vertretern von Siemens.',
      'RT @nachrichten: Borussia Dortmund gewinnt in Leipzig! #BVB https://t.co/abc',
    ],
  },
}
