/** A text whose character references were read, and where it comes from. */
export interface DecodedText {
  readonly text: string
  /** The place in the text as it was given: of a unit, or of the end. */
  original(at: number): number
}

/** Those that archives of tweets and pages have; the others are numbers. */
const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  agrave: 'à',
  aacute: 'á',
  acirc: 'â',
  ccedil: 'ç',
  egrave: 'è',
  eacute: 'é',
  ecirc: 'ê',
  iacute: 'í',
  ntilde: 'ñ',
  oacute: 'ó',
  ocirc: 'ô',
  uacute: 'ú',
  euro: '€',
  pound: '£',
  copy: '©',
  reg: '®',
  trade: '™',
  deg: '°',
  middot: '·',
  bull: '•',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  sbquo: '‚',
  ldquo: '“',
  rdquo: '”',
  bdquo: '„',
  laquo: '«',
  raquo: '»',
}

// Of bounded length, so that a text of ampersands takes no longer than another.
const reference = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,6}));/g

const same = (at: number) => at

/**
 * Reads the character references of HTML, `&amp;` and `&#39;`, once: `&amp;lt;` is `&lt;`. What is none stays as it is.
 *
 * @see https://html.spec.whatwg.org/multipage/named-characters.html
 */
export function decodeHtml(given: string): DecodedText {
  if (!given.includes('&')) return { text: given, original: same }
  const pieces: string[] = []
  /** Of each reference, where its character begins in the new text, and where that and what follows are in the old one. */
  const starts: number[] = []
  const ends: number[] = []
  const originals: number[] = []
  let read = 0
  let length = 0
  for (const { 0: whole, 1: decimal, 2: hexadecimal, 3: name, index } of given.matchAll(reference)) {
    const character = name === undefined ? characterOf(decimal, hexadecimal) : ownProperty(named, name)
    if (character === undefined) continue
    pieces.push(given.slice(read, index), character)
    length += index - read
    read = index + whole.length
    starts.push(length)
    length += character.length
    ends.push(length)
    originals.push(index, read)
  }
  if (starts.length === 0) return { text: given, original: same }
  pieces.push(given.slice(read))
  return { text: pieces.join(''), original: at => placeOf(at, starts, ends, originals) }
}

/** A word of a corpus as texts have it: tokens of tweets are `&amp;` in some. */
export function decodeWord(word: string): string {
  if (!word.includes('&')) return word
  const { text } = decodeHtml(word)
  // A space is no word.
  return text.trim() === '' ? word : text
}

function ownProperty(record: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

/** What pages mean by 128 to 159: the characters that Windows has there. */
const windows = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

/** Neither half a pair nor the character 0, which texts are not to have. */
function characterOf(decimal: string | undefined, hexadecimal: string | undefined): string | undefined {
  const point = decimal === undefined ? Number.parseInt(hexadecimal!, 16) : Number(decimal)
  if (point === 0 || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return undefined
  return point >= 0x80 && point < 0xa0 ? windows[point - 0x80] : String.fromCodePoint(point)
}

function placeOf(at: number, starts: readonly number[], ends: readonly number[], originals: readonly number[]): number {
  let low = 0
  let high = starts.length
  // The references that begin before the place.
  while (low < high) {
    const middle = (low + high) >>> 1
    if (starts[middle]! < at) low = middle + 1
    else high = middle
  }
  if (low === 0) return at
  const last = low - 1
  // Between the two halves of a pair that was one reference: its beginning.
  return at < ends[last]! ? originals[2 * last]! : originals[2 * last + 1]! + at - ends[last]!
}
