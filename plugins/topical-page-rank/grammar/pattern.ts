/**
 * Patterns as regular expressions have them, over whatever stands for one thing: a token of a sentence (`<NOUN|PROPN>`),
 * or a character of a tag.
 */
export type Pattern<Atom> =
  | { readonly kind: 'atom'; readonly atom: Atom }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern<Atom>[] }
  | { readonly kind: 'choice'; readonly options: readonly Pattern<Atom>[] }
  | {
      readonly kind: 'repeat'
      readonly body: Pattern<Atom>
      readonly least: number
      readonly most: number
      readonly isLazy: boolean
    }
  | { readonly kind: 'never' }

/** What is wrong with a pattern: a sentence's end, such as `has a ")" too many`. */
export class PatternError extends Error {}

/** What of a pattern is not a group, a choice or a quantifier. */
export interface AtomReader<Atom> {
  /** Reads what begins at `at`. @throws PatternError where nothing of a pattern begins there */
  read(text: string, at: number): { readonly pattern: Pattern<Atom>; readonly end: number }
  /** Are `{2}` and `{1,3}` quantifiers here? */
  readonly hasBraces: boolean
}

interface Cursor<Atom> {
  readonly text: string
  at: number
  depth: number
  readonly reader: AtomReader<Atom>
}

const maxDepth = 50
/** More of the same would make a program too large whatever it is. */
const maxRepetitions = 1000
const braces = /\{(\d*)(,?)(\d*)\}/y

/** @throws PatternError */
export function parsePattern<Atom>(text: string, reader: AtomReader<Atom>): Pattern<Atom> {
  const cursor: Cursor<Atom> = { text, at: 0, depth: 0, reader }
  const pattern = readChoice(cursor)
  if (cursor.at < text.length) throw new PatternError('has a ")" without a "("')
  return pattern
}

function readChoice<Atom>(cursor: Cursor<Atom>): Pattern<Atom> {
  const options = [readSequence(cursor)]
  while (cursor.text[cursor.at] === '|') {
    cursor.at++
    options.push(readSequence(cursor))
  }
  return options.length === 1 ? options[0]! : { kind: 'choice', options }
}

function readSequence<Atom>(cursor: Cursor<Atom>): Pattern<Atom> {
  const parts: Pattern<Atom>[] = []
  while (cursor.at < cursor.text.length && !'|)'.includes(cursor.text[cursor.at]!)) {
    parts.push(readQuantified(cursor, readOne(cursor)))
  }
  return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts }
}

function readOne<Atom>(cursor: Cursor<Atom>): Pattern<Atom> {
  const { text, at, reader } = cursor
  if (text[at] === '(') return readGroup(cursor)
  if ('*+?'.includes(text[at]!) || (text[at] === '{' && reader.hasBraces)) {
    throw new PatternError(`has a "${text[at]}" with nothing before it to repeat`)
  }
  const { pattern, end } = reader.read(text, at)
  cursor.at = end
  return pattern
}

function readGroup<Atom>(cursor: Cursor<Atom>): Pattern<Atom> {
  cursor.at++
  if (cursor.text.startsWith('?:', cursor.at)) cursor.at += 2
  else if (cursor.text[cursor.at] === '?') {
    throw new PatternError('has a group that begins with "(?", which only "(?:" may')
  }
  if (++cursor.depth > maxDepth) throw new PatternError(`has groups more than ${maxDepth} deep in each other`)
  const pattern = readChoice(cursor)
  if (cursor.text[cursor.at] !== ')') throw new PatternError('has a "(" without a ")"')
  cursor.at++
  cursor.depth--
  // A group is one thing, also where it holds nothing.
  return pattern
}

function readQuantified<Atom>(cursor: Cursor<Atom>, body: Pattern<Atom>): Pattern<Atom> {
  const range = readRange(cursor)
  if (!range) return body
  const isLazy = cursor.text[cursor.at] === '?'
  if (isLazy) cursor.at++
  const before = cursor.at
  if (cursor.text[cursor.at] === '+' || readRange(cursor)) {
    throw new PatternError(`has "${cursor.text.slice(before - 1, before + 1)}", two quantifiers in a row`)
  }
  return { kind: 'repeat', body, ...range, isLazy }
}

function readRange<Atom>(cursor: Cursor<Atom>): { least: number; most: number } | undefined {
  const { text, at, reader } = cursor
  const simple = { '*': [0, Infinity], '+': [1, Infinity], '?': [0, 1] }[text[at] ?? '']
  if (simple) {
    cursor.at++
    return { least: simple[0]!, most: simple[1]! }
  }
  if (text[at] !== '{' || !reader.hasBraces) return undefined
  braces.lastIndex = at
  const [whole, from, comma, to] = braces.exec(text) ?? []
  if (whole === undefined || (from === '' && to === '')) {
    throw new PatternError('has a "{" that begins no {n}, {n,}, {,m} or {n,m}')
  }
  const least = Number(from)
  const most = comma === '' ? least : to === '' ? Infinity : Number(to)
  if (least > most) throw new PatternError(`repeats ${whole}: the first number is larger than the second`)
  if (least > maxRepetitions || (most > maxRepetitions && most < Infinity)) {
    throw new PatternError(`repeats ${whole}: more than ${maxRepetitions} times`)
  }
  cursor.at += whole.length
  return { least, most }
}
