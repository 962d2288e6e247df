import type { WordTables } from '../tables.js'

const words = [
  'bias *',
  'form *',
  'lower *',
  'lower[-2]',
  'lower[-1]',
  'lower[+1]',
  'lower[+2]',
  'lower[-1] lower *',
  'lower lower[+1] *',
  'lower[-1] lower[+1]',
]
const affixes = [
  'suffix1 *',
  'suffix2 *',
  'suffix3 *',
  'suffix4 *',
  'suffix5 *',
  'prefix1',
  'prefix2',
  'prefix3',
  'prefix4',
  'suffix3[-1]',
  'suffix3[+1]',
]
const shapes = ['shape', 'shape[-1]', 'shape[+1]', 'digit', 'hyphen', 'capitals *']
const places = ['shape start', 'initial start']
const lexicon = [
  'lexicon *',
  'lexicon[-1]',
  'lexicon[+1]',
  'lexicon[-1] lexicon *',
  'lexicon lexicon[+1] *',
  'lexicon suffix2 *',
  'lexiconCases',
]
const clusters = [
  'cluster4',
  'cluster6',
  'cluster8',
  'cluster10',
  'cluster12',
  'cluster20',
  'cluster8[-1]',
  'cluster8[+1]',
  'cluster8[-1] cluster8',
  'cluster8 cluster8[+1]',
]
/** German writes nouns with capitals and puts verbs at the ends of clauses. */
const german = ['shape opening', 'initial opening *', 'auxiliary *', 'auxiliary lower *', 'clause', 'clause lower *']
const germanLexicon = ['clause lexicon *']

/** The templates that did best on development sets: for a language, and for what is known of its words. */
export function defaultTemplates(language: string, tables: Pick<WordTables, 'lexicon' | 'clusters'>): string[] {
  const isGerman = language === 'de'
  const hasLexicon = tables.lexicon.entries.length > 0
  return [
    ...words,
    ...affixes,
    ...shapes,
    ...(isGerman ? german : places),
    ...(hasLexicon ? lexicon : []),
    ...(hasLexicon && isGerman ? germanLexicon : []),
    ...(tables.clusters.entries.length > 0 ? clusters : []),
  ]
}
