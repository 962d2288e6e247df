import type { WordTables } from '../tagging/tables.js'

const words = [
  'bias *',
  'form *',
  'lower *',
  'bare',
  'lower[-2]',
  'lower[-1] *',
  'lower[+1] *',
  'lower[+2]',
  'lower[-1] lower',
  'lower lower[+1]',
  'lower[-2] lower[-1]',
  'lower[+1] lower[+2]',
]
const affixes = ['prefix2', 'prefix3', 'prefix4', 'suffix2', 'suffix3', 'suffix4', 'suffix3[-1]', 'suffix3[+1]']
const shapes = [
  'shape *',
  'shape[-1]',
  'shape[+1]',
  'shape[-1] shape shape[+1]',
  'kind',
  'digit',
  'hyphen',
  'case style *',
  'case start *',
  'case[-1] case case[+1]',
  'capitals *',
]
const capitals = [
  'capitalShare',
  'capitalShare case *',
  'capitalShare case style',
  'capitalShare[-1] case[-1]',
  'capitalShare[+1] case[+1]',
]
const clusters = [
  ...['cluster4 *', 'cluster6', 'cluster8 *', 'cluster10', 'cluster14', 'cluster20 *'],
  ...[-2, -1, 1, 2].flatMap(offset => ['cluster4', 'cluster8', 'cluster12'].map(name => `${name}[${offset}]`)),
  'cluster8[-1] cluster8',
  'cluster8 cluster8[+1]',
  'cluster8 case',
]
const gazetteers = [
  'gazetteer *',
  'gazetteer case *',
  'gazetteer[-1]',
  'gazetteer[+1]',
  'gazetteers',
  'gazetteers style',
]
const lexicon = ['lexicon *', 'lexicon[-1]', 'lexicon[+1]', 'lexicon case', 'lexiconCases']

/** Features for names, where the params name none: by what is known of words. */
export function nameTemplates(tables: WordTables): string[] {
  const knows = ({ entries }: WordTables['lexicon']) => entries.length > 0
  return [
    ...words,
    ...affixes,
    ...shapes,
    ...(knows(tables.capitals) ? capitals : []),
    ...(knows(tables.clusters) ? clusters : []),
    ...(knows(tables.gazetteers) ? gazetteers : []),
    ...(knows(tables.lexicon) ? lexicon : []),
  ]
}
