import { createTokenizer } from '../../plugins/_text/tokens/tokenizer.js'
import { type Tokens, tokenKind } from '../../plugins/_text/tokens/tokens.js'
import { type Check, Tally } from './check.js'
import { readText } from './files.js'

type Span = readonly [start: number, end: number]

interface TokenGold {
  readonly id: string
  readonly text: string
  readonly sentences: Span[][]
  readonly space_tokens: number[]
}

/** Sentences that may differ, as a share: the reference's lists of special cases are its own. */
const bounds = { de: 0.02, en: 0.01 } as const

/** Tokens and sentence borders beside spaCy's; hyphens cut, as its own rules cut them. */
export function checkTokens(gold: string): Check[] {
  return (['de', 'en'] as const).flatMap(language => checkLanguage(gold, language))
}

function checkLanguage(gold: string, language: 'de' | 'en'): Check[] {
  const tokenize = createTokenizer({ language, mode: 'text', split_hyphens: true })
  const causes = new Map<string, { count: number; example: string }>()
  const spaces = new Tally(`tokens: white space, ${language}`)
  let cases = 0
  let missed = 0
  for (const line of readText(gold, 'tokens', `${language}.jsonl.gz`).trimEnd().split('\n')) {
    const { id, text, sentences, space_tokens } = JSON.parse(line) as TokenGold
    const tokens = tokenize(text)
    const ours = sentencesOf(tokens)
    const known = new Set(ours.map(sentence => JSON.stringify(sentence)))
    for (const sentence of sentences) {
      cases++
      if (known.has(JSON.stringify(sentence))) continue
      missed++
      note(causes, causeOf(text, sentence, ours.flat()), `${id}: ${pieces(text, sentence)}`)
    }
    spaces.same(spacesOf(tokens), space_tokens, id)
  }
  const notes = [...causes]
    .sort((a, b) => b[1].count - a[1].count)
    .map(([cause, { count, example }]) => {
      return `${count} × ${cause}; ${example.slice(0, 200)}`
    })
  const allowed = Math.floor(cases * bounds[language])
  return [{ name: `tokens: sentences, ${language}`, cases, missed, allowed, notes }, spaces.check]
}

function note(causes: Map<string, { count: number; example: string }>, cause: string, example: string): void {
  const entry = causes.get(cause)
  if (entry) entry.count++
  else causes.set(cause, { count: 1, example })
}

const pieces = (text: string, spans: readonly Span[]): string =>
  spans.map(([start, end]) => text.slice(start, end)).join(' | ')

function sentencesOf({ starts, ends, sentenceCount, sentenceEnds }: Tokens): Span[][] {
  let token = 0
  return Array.from({ length: sentenceCount }, (_, i) => {
    const sentence: Span[] = []
    for (; token < sentenceEnds[i]!; token++) sentence.push([starts[token]!, ends[token]!])
    return sentence
  })
}

const spacesOf = ({ kinds, count }: Tokens): number[] =>
  Array.from(kinds.subarray(0, count).entries(), ([i, kind]) => (kind === tokenKind.space ? i : -1)).filter(i => i >= 0)

/** Where the first of our tokens that differs begins or ends, and whether the reference cuts there. */
function causeOf(text: string, gold: readonly Span[], ours: readonly Span[]): string {
  const start = gold[0]![0]
  const end = gold.at(-1)![1]
  const expected = new Set(gold.flat())
  const actual = new Set(ours.flat().filter(at => at >= start && at <= end))
  const differing = [...expected, ...actual].filter(at => expected.has(at) !== actual.has(at)).sort((a, b) => a - b)
  const at = differing[0]
  if (at === undefined) return 'sentence border'
  const sign = /[\p{L}\p{N}]/u.test(text.charAt(at)) ? text.charAt(at - 1) : text.charAt(at)
  return `${expected.has(at) ? 'not cut' : 'cut'} at ${JSON.stringify(sign)}`
}
