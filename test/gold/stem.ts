import { stemmerOf } from '../../plugins/_text/stem.js'
import { type Check, Tally } from './check.js'
import { readText } from './files.js'

/** German stems. English ones are not compared: the reference has NLTK's extensions of Porter. */
export function checkStems(gold: string): Check[] {
  const tally = new Tally('stems, German')
  const stem = stemmerOf('de')
  for (const line of readText(gold, 'stem', 'german.tsv.gz').trimEnd().split('\n')) {
    const [word, expected] = line.split('\t') as [string, string]
    tally.same(stem(word.toLowerCase().normalize('NFC')), expected, word)
  }
  return [tally.check]
}
