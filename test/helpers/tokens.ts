import fc from 'fast-check'
import { createTokenizer } from '../../plugins/_text/tokens/tokenizer.js'
import { type Tokens, tokenKind } from '../../plugins/_text/tokens/tokens.js'

type Tokenize = (text: string) => Tokens

/** One tokeniser of each kind. */
export const modes: readonly Tokenize[] = ['de', 'en', 'fr'].flatMap(language =>
  (['text', 'tweets'] as const).flatMap(mode =>
    [false, true].map(split_hyphens => createTokenizer({ language, mode, split_hyphens })),
  ),
)

const names = Object.keys(tokenKind)

/** The tokens with a sign between them. */
export function tokensOf(tokenize: Tokenize, text: string, between = ' '): string {
  const { count, starts, ends } = tokenize(text)
  return Array.from({ length: count }, (_, i) => text.slice(starts[i], ends[i])).join(between)
}

export function kindsOf(tokenize: Tokenize, text: string): string[] {
  const { count, kinds } = tokenize(text)
  return Array.from(kinds.subarray(0, count), kind => names[kind]!)
}

/** The tokens of each sentence. */
export function sentencesOf(tokenize: Tokenize, text: string): string[] {
  const { starts, ends, sentenceCount, sentenceEnds } = tokenize(text)
  let token = 0
  return Array.from({ length: sentenceCount }, (_, i) => {
    const pieces: string[] = []
    for (; token < sentenceEnds[i]!; token++) pieces.push(text.slice(starts[token], ends[token]))
    return pieces.join(' ')
  })
}

// As Python's str.isspace: more than \s has, but not the byte order mark.
const isSpace = (character: string): boolean =>
  (/\s/.test(character) && character !== '\ufeff') || '\x1c\x1d\x1e\x1f\x85'.includes(character)

/** @throws when a character is in no token or in two, a pair is cut, or sentences are out of order */
export function checkOffsets(text: string, tokens: Tokens): void {
  const { count, starts, ends, kinds, sentenceCount, sentenceEnds } = tokens
  let end = 0
  for (let i = 0; i <= count; i++) {
    const start = i < count ? starts[i]! : text.length
    // Between two tokens is nothing, or the one space that separates them.
    const gap = text.slice(end, start)
    if (start < end || !(gap === '' || (gap === ' ' && i > 0)))
      throw new Error(`token ${i} begins at ${start}, after ${end}`)
    if (i === count) break
    end = ends[i]!
    if (end <= start) throw new Error(`token ${i} is empty`)
    if (isInsidePair(text, start) || isInsidePair(text, end)) throw new Error(`token ${i} cuts a surrogate pair`)
    const isGap = kinds[i] === tokenKind.space
    for (let at = start; at < end; at++) {
      if (isSpace(text.charAt(at)) !== isGap) throw new Error(`token ${i} mixes white space with other characters`)
    }
    if (kinds[i]! >= names.length) throw new Error(`token ${i} has no kind`)
  }
  let last = 0
  for (let i = 0; i < sentenceCount; i++) {
    if (sentenceEnds[i]! <= last) throw new Error(`sentence ${i} is empty`)
    last = sentenceEnds[i]!
  }
  if (last !== count) throw new Error(`sentences end at token ${last} of ${count}`)
}

const isInsidePair = (text: string, at: number): boolean =>
  at > 0 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800 && (text.charCodeAt(at) & 0xfc00) === 0xdc00

// What rules look for, in any order: most texts that are random by characters reach none of them.
const shreds = [
  ...['a', 'Ä', 'z.B.', 'Dr.', 'U.S.', "can't", "'s", 'n’t', '5', '12,5', '3.', '24.12.', '10am', 'km', '%', '$', '€'],
  ...['.', '..', '…', '…', ',', '!', '?', ';', ':', '-', '--', '–', '—', '/', '(', ')', '[', '{', '"', "'", "''", '``'],
  ...['„', '“', '»', '«', '@', '#', '&', '&amp;', '_', '+', '=', '~', '^', '*', '|', '\\', '<', '>', '°', '§', '·'],
  ...[' ', '  ', '\n', '\t', '\u00a0', '\u3000', '\u2028', '\u200b', '\u200d', '\u00ad', '\ufeff', '\ufe0f', '\u20e3'],
  ...[
    '😷',
    '👍🏽',
    '🏽',
    '🇩🇪',
    '🇩',
    '👨‍👩‍👧',
    '❤️',
    '\ud83d',
    '\ude37',
    '\udb40',
    '𠀀',
    '𝒳',
    '日本',
    '。',
    '！',
    'é',
    '\u0301',
  ],
  ...[
    'http://',
    'https://t.co/x',
    'www.',
    'a@b.de',
    'x.com/',
    ':)',
    ':-D',
    'xD',
    '<3',
    '^_^',
    '¯\\_(ツ)_/¯',
    'RT @x: ',
  ],
]

/** Texts that tokenisers might stumble over. */
export const hostileText = fc
  .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...shreds) }, fc.string({ unit: 'binary', maxLength: 4 })), {
    maxLength: 24,
  })
  .map(pieces => pieces.join(''))
