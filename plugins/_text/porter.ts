import { Letters } from './porter-letters.js'

/*
 * Porter's stemmer with NLTK's extensions, what its `PorterStemmer` does by default:
 *
 *   word ─▶ plurals ─▶ -ed, -ing ─▶ -y ─▶ double suffixes ─▶ -ful, -ness ─▶ -ant, -ence ─▶ final -e, -ll ─▶ stem
 *
 * The extensions: a list of irregular words; words of two letters stay; dies, died give die; y becomes i behind any
 * consonant that is not the first letter; -alli, -fulli and -logi; a vowel and a consonant alone are short.
 */

const irregular: ReadonlyMap<string, string> = new Map(
  [
    'skies sky',
    'dying die',
    'lying lie',
    'tying tie',
    'innings inning',
    'outings outing',
    'cannings canning',
    ...['sky', 'news', 'inning', 'outing', 'canning', 'howe', 'proceed', 'exceed', 'succeed'].map(
      word => `${word} ${word}`,
    ),
  ].map(pair => pair.split(' ') as [string, string]),
)

/** A suffix and what stands for it, as letter codes. */
interface Rule {
  readonly suffix: Uint8Array
  readonly replacement: Uint8Array
}

const codes = (text: string): Uint8Array => Uint8Array.from(text, letter => letter.charCodeAt(0))

/** `ational:ate ness:`; of two suffixes that end alike, the longer one stands first. */
const rules = (list: string): readonly Rule[] =>
  list.split(' ').map(rule => {
    const [suffix = '', replacement = ''] = rule.split(':')
    return { suffix: codes(suffix), replacement: codes(replacement) }
  })

const [s, ss, sses, ies] = [codes('s'), codes('ss'), codes('sses'), codes('ies')]
const [ed, eed, ied, ing] = [codes('ed'), codes('eed'), codes('ied'), codes('ing')]
const [at, bl, iz] = [codes('at'), codes('bl'), codes('iz')]
const [e, i, y, ll, alli, logi] = [codes('e'), codes('i'), codes('y'), codes('ll'), codes('alli'), codes('logi')]

const doubleSuffixes = rules(
  'ational:ate tional:tion enci:ence anci:ance izer:ize bli:ble alli:al entli:ent eli:e ousli:ous ization:ize ' +
    'ation:ate ator:ate alism:al iveness:ive fulness:ful ousness:ous aliti:al iviti:ive biliti:ble fulli:ful',
)
const derivations = rules('icate:ic ative: alize:al iciti:ic ical:ic ful: ness:')
const ion = codes('ion')
const endings = 'al ance ence er ic able ible ant ement ment ent ion ou ism ate iti ous ive ize'
  .split(' ')
  .map(suffix => (suffix === 'ion' ? ion : codes(suffix)))

const [letterL, letterS, letterT, letterZ] = [0x6c, 0x73, 0x74, 0x7a]

// `stemEnglish` never pauses, so all that a thread stems is stemmed here.
const word = new Letters()

/**
 * Porter's stem, with NLTK's extensions: the same as its `PorterStemmer().stem`. Linear in the length of the word.
 *
 * @param text  one word, upper or lower case
 * @see Porter 1980, An algorithm for suffix stripping
 */
export function stemEnglish(text: string): string {
  const lower = text.toLowerCase()
  const known = irregular.get(lower)
  if (known !== undefined) return known
  if (hasTwoAtMost(text)) return lower
  word.open(lower)
  cutPlural()
  cutPast()
  if (word.endsWith(y) && word.count > 2 && word.isConsonant(word.count - 2)) swap(1, i)
  replaceDoubleSuffix()
  replaceFirst(derivations)
  cutEnding()
  cutFinal()
  return word.toString()
}

const hasTwoAtMost = (text: string) => text.length <= 2 || (text.length <= 4 && [...text].length <= 2)

function swap(letters: number, replacement: Uint8Array): void {
  word.cut(letters)
  word.append(replacement)
}

/** Step 1a. */
function cutPlural(): void {
  if (word.endsWith(ies)) word.cut(word.count === 4 ? 1 : 2)
  else if (word.endsWith(sses)) word.cut(2)
  else if (word.endsWith(s) && !word.endsWith(ss)) word.cut(1)
}

/** Step 1b. */
function cutPast(): void {
  if (word.endsWith(ied)) {
    word.cut(word.count === 4 ? 1 : 2)
  } else if (word.endsWith(eed)) {
    if (word.measure(word.count - 3) > 0) word.cut(1)
  } else {
    const length = word.endsWith(ed) ? 2 : word.endsWith(ing) ? 3 : 0
    if (length === 0 || !word.hasVowel(word.count - length)) return
    word.cut(length)
    repairStem()
  }
}

/** What is left of `hopping` is to be `hop`, of `filing` `file`. */
function repairStem(): void {
  if (word.endsWith(at) || word.endsWith(bl) || word.endsWith(iz)) {
    word.append(e)
  } else if (word.endsDouble()) {
    const last = word.code(word.count - 1)
    if (last !== letterL && last !== letterS && last !== letterZ) word.cut(1)
  } else if (word.measure(word.count) === 1 && word.endsShort(word.count)) {
    word.append(e)
  }
}

/** Step 2. */
function replaceDoubleSuffix(): void {
  // The -al that is left may be that of another suffix: sensationalli, sensational, sensate.
  if (word.endsWith(alli) && word.measure(word.count - 4) > 0) word.cut(2)
  if (!word.endsWith(logi)) replaceFirst(doubleSuffixes)
  else if (word.measure(word.count - 3) > 0) word.cut(1)
}

/** Steps 2 and 3: the first suffix that a word has decides, and is replaced where m of what is before it is above 0. */
function replaceFirst(list: readonly Rule[]): void {
  for (let n = 0; n < list.length; n++) {
    const { suffix, replacement } = list[n]!
    if (!word.endsWith(suffix)) continue
    if (word.measure(word.count - suffix.length) > 0) swap(suffix.length, replacement)
    return
  }
}

/** Step 4: the same where m is above 1; -ion goes behind s and t only. */
function cutEnding(): void {
  for (let n = 0; n < endings.length; n++) {
    const suffix = endings[n]!
    if (!word.endsWith(suffix)) continue
    const left = word.count - suffix.length
    if (word.measure(left) > 1 && (suffix !== ion || isSOrT(word.code(left - 1)))) word.cut(suffix.length)
    return
  }
}

const isSOrT = (code: number) => code === letterS || code === letterT

/** Step 5. */
function cutFinal(): void {
  if (word.endsWith(e)) {
    const measure = word.measure(word.count - 1)
    if (measure > 1 || (measure === 1 && !word.endsShort(word.count - 1))) word.cut(1)
  }
  if (word.endsWith(ll) && word.measure(word.count - 1) > 1) word.cut(1)
}
