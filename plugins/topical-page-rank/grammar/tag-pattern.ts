import { Matcher } from './matcher.js'
import { type AtomReader, type Pattern, PatternError, parsePattern } from './pattern.js'
import { compile } from './program.js'

/** Does a character of a tag fit? */
type IsMeant = (character: string) => boolean

/** Which tags a `<...>` stands for. */
export type TagTest = (tag: string) => boolean

const classes: Readonly<Record<string, IsMeant>> = {
  d: character => /\p{Nd}/u.test(character),
  D: character => !/\p{Nd}/u.test(character),
  w: character => /[\p{L}\p{N}_]/u.test(character),
  W: character => !/[\p{L}\p{N}_]/u.test(character),
  s: character => /\s/.test(character),
  S: character => !/\s/.test(character),
}
// What a tag cannot hold, as it bounds tags and chunks.
const bounds = '<>{}'

/**
 * Reads what stands between `<` and `>`: a regular expression for a whole tag, with `|`, `.`, `[...]`, groups and
 * quantifiers. `^` and `$` are borders of the sentence, which is no place within a tag: they match nothing.
 *
 * @throws PatternError
 */
export function parseTagPattern(text: string): TagTest {
  const meanings: IsMeant[] = []
  const atomOf = (isMeant: IsMeant): Pattern<number> => ({ kind: 'atom', atom: meanings.push(isMeant) - 1 })
  const reader: AtomReader<number> = {
    hasBraces: false,
    read(text, at) {
      const character = String.fromCodePoint(text.codePointAt(at)!)
      if (character === '^' || character === '$') return { pattern: { kind: 'never' }, end: at + 1 }
      if (character === '.') return { pattern: atomOf(other => !bounds.includes(other)), end: at + 1 }
      if (character === '[') return readSet(text, at + 1, atomOf)
      const { isMeant, end } = readCharacter(text, at)
      return { pattern: atomOf(isMeant), end }
    },
  }
  const program = compile(parsePattern(text, reader))
  return tag => matchesWhole(tag, meanings, program)
}

function matchesWhole(tag: string, meanings: readonly IsMeant[], program: ReturnType<typeof compile>): boolean {
  const characters = Array.from(tag)
  const distinct = [...new Set(characters)]
  const table = Uint8Array.from(meanings.flatMap(isMeant => distinct.map(character => Number(isMeant(character)))))
  const matcher = new Matcher(program, { table, symbolCount: distinct.length })
  matcher.open(
    Uint8Array.from(characters, character => distinct.indexOf(character)),
    characters.length,
  )
  return matcher.matchAt(0, true) >= 0
}

function readCharacter(text: string, at: number): { isMeant: IsMeant; character?: string; end: number } {
  const character = String.fromCodePoint(text.codePointAt(at)!)
  if (character !== '\\') return { ...literal(character), end: at + character.length }
  const point = text.codePointAt(at + 1)
  if (point === undefined) throw new PatternError('ends with a "\\"')
  const escaped = String.fromCodePoint(point)
  const end = at + 1 + escaped.length
  if (Object.hasOwn(classes, escaped)) return { isMeant: classes[escaped]!, end }
  if (/[A-Za-z0-9]/.test(escaped)) throw new PatternError(`has "\\${escaped}", which is not supported within a tag`)
  return { ...literal(escaped), end }
}

const literal = (character: string) => ({ isMeant: (other: string) => other === character, character })

function readSet(text: string, start: number, atomOf: (isMeant: IsMeant) => Pattern<number>) {
  let at = start
  const isNegated = text[at] === '^'
  if (isNegated) at++
  const members: IsMeant[] = []
  // A "]" at the beginning is a member, as in Python.
  while (at < text.length && (text[at] !== ']' || members.length === 0)) {
    if (text[at] === '.') throw new PatternError('has a "." within [...]; write "\\." for the full stop')
    const from = readCharacter(text, at)
    at = from.end
    if (text[at] !== '-' || at + 1 >= text.length || text[at + 1] === ']') {
      members.push(from.isMeant)
      continue
    }
    const to = readCharacter(text, at + 1)
    at = to.end
    members.push(rangeOf(from.character, to.character))
  }
  if (at >= text.length) throw new PatternError('has a "[" without a "]"')
  const isMember = (character: string) => members.some(isMeant => isMeant(character))
  const isMeant: IsMeant = isNegated ? other => !isMember(other) && !bounds.includes(other) : isMember
  return { pattern: atomOf(isMeant), end: at + 1 }
}

function rangeOf(from: string | undefined, to: string | undefined): IsMeant {
  const [first, last] = [from?.codePointAt(0), to?.codePointAt(0)]
  if (first === undefined || last === undefined || first > last) throw new PatternError('has a bad range within [...]')
  return character => character.codePointAt(0)! >= first && character.codePointAt(0)! <= last
}
