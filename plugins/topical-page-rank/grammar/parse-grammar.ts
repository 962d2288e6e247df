import { type AtomReader, type Pattern, PatternError, parsePattern } from './pattern.js'
import { compile, type Program } from './program.js'
import { parseTagPattern, type TagTest } from './tag-pattern.js'

/** One `{...}`. */
export interface Rule {
  readonly program: Program
  /** What the atoms of the program stand for. */
  readonly tagTests: readonly TagTest[]
}

/** What follows one `NAME:`. */
export interface Stage {
  readonly label: string
  readonly rules: readonly Rule[]
}

export class GrammarError extends Error {}

const maxStages = 32
const maxRules = 200
const form = 'A grammar is lines such as NP: {<ADJ>*<NOUN|PROPN>}, each with one rule from "{" to "}".'

/**
 * Reads a chunk grammar: stages `NAME:` with rules `{...}`, one a line, on the line of the name or below it; `#` begins
 * a comment.
 *
 * @throws GrammarError with the line, what is wrong with it, and what is right
 * @see NLTK, nltk/chunk/regexp.py: RegexpParser, RegexpChunkRule.fromstring
 */
export function parseGrammar(text: string): readonly Stage[] {
  const stages: { label: string; rules: Rule[] }[] = []
  let current: { label: string; rules: Rule[] } | undefined
  let count = 0
  for (const full of text.split('\n')) {
    const line = withoutComment(full).trim()
    if (line === '') continue
    // What is before a ":" is a name, unless the rule has begun.
    const [, label, rest] = /^([^:{}]*):(.*)$/.exec(line) ?? []
    if (label !== undefined) {
      current = { label: label.trim(), rules: [] }
      if (current.label === '') throw wrong(line, 'has no name before the ":"')
      stages.push(current)
    }
    const rule = (rest ?? line).trim()
    if (rule === '') continue
    if (!current) throw wrong(line, 'stands before any NAME:')
    if (++count > maxRules) throw new GrammarError(`it has more than ${maxRules} rules.`)
    current.rules.push(readRule(rule))
  }
  const filled = stages.filter(({ rules }) => rules.length > 0)
  if (filled.length === 0) throw new GrammarError(`it has no rule. ${form}`)
  if (filled.length > maxStages) throw new GrammarError(`it has more than ${maxStages} stages.`)
  return filled
}

const wrong = (rule: string, problem: string) => new GrammarError(`"${rule.slice(0, 200)}" ${problem}. ${form}`)

/** A "#" after a backslash begins none. */
function withoutComment(line: string): string {
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '\\') at++
    else if (line[at] === '#') return line.slice(0, at)
  }
  return line
}

function readRule(rule: string): Rule {
  const unsupported = unsupportedKind(rule)
  if (unsupported) throw wrong(rule, `is ${unsupported}, which is not supported; only {...} is`)
  if (!rule.startsWith('{') || !rule.endsWith('}')) throw wrong(rule, 'is not one rule from "{" to "}"')
  const tagTests: TagTest[] = []
  try {
    // Blanks say nothing, also within a tag.
    const pattern = parsePattern(rule.slice(1, -1).replace(/\s/g, ''), tokenReader(tagTests))
    return { program: compile(pattern), tagTests }
  } catch (error) {
    if (error instanceof PatternError) throw wrong(rule, error.message)
    throw error
  }
}

/** The rules of NLTK that are not `{...}`. */
function unsupportedKind(rule: string): string | undefined {
  if (rule.startsWith('{') && rule.endsWith('}')) return undefined
  if (rule.startsWith('}') && rule.endsWith('{')) return 'a strip rule, }...{'
  if (rule.includes('}{')) return 'a split rule, ...}{...'
  if (rule.includes('{}')) return 'a merge rule, ...{}...'
  const [left = '', chunk = '', right = '', ...more] = rule.split(/[{}]/)
  const hasContext = more.length === 0 && chunk.includes('<') && (left + right).includes('<')
  return hasContext ? 'a rule with context, ...{...}...' : undefined
}

function tokenReader(tagTests: TagTest[]): AtomReader<number> {
  return {
    hasBraces: true,
    read(text: string, at: number): { pattern: Pattern<number>; end: number } {
      if (text[at] === '}') throw new PatternError('has a "}" amid the rule: two rules need two lines')
      if (text[at] !== '<') {
        throw new PatternError(`has "${text[at]}" outside of < and >, where only ( ) | * + ? and {n,m} may stand`)
      }
      const end = text.indexOf('>', at)
      if (end < 0) throw new PatternError('has a "<" without a ">"')
      const inner = text.slice(at + 1, end)
      const bad = /[<{}]/.exec(inner)
      if (bad) throw new PatternError(`has a "${bad[0]}" within <...>`)
      tagTests.push(parseTagPattern(inner))
      return { pattern: { kind: 'atom', atom: tagTests.length - 1 }, end: end + 1 }
    },
  }
}
