import t from 'tap'
import { createTokenizer } from '../../plugins/_text/tokens/tokenizer.js'
import type { Tokens } from '../../plugins/_text/tokens/tokens.js'
import { checkOffsets } from '../helpers/tokens.js'

// A rule that looks ahead or back as far as it can takes 10^11 steps for these, minutes.
const size = 300_000
const fill = (shred: string, length = size): string => shred.repeat(Math.ceil(length / shred.length))

const texts: readonly (readonly [name: string, text: string])[] = [
  ['one letter', fill('a')],
  ['one capital', fill('Ä')],
  ['digits', fill('7')],
  ['new lines', fill('\n')],
  ['blanks', fill(' ')],
  ['emoji', fill('😷')],
  ['joined emoji', fill('👩\u200d')],
  ['half a flag', fill('🇩')],
  ['opening brackets', fill('(')],
  ['closing brackets after a letter', `a${fill(')')}`],
  ['full stops', fill('.')],
  ['ellipses', fill('…')],
  ['apostrophes', fill("'")],
  ['halves of pairs', fill('\ud83d')],
  ['other halves of pairs', fill('\ude37')],
  ['zero-width characters', fill('\u200b')],
  ['zero-width joiners', fill('\u200d')],
  ['combining marks', fill('\u0301')],
  ['initials', fill('a.')],
  ['initials before a word', `${fill('a.')}bb`],
  ['short labels', fill('ab.')],
  ['hosts', fill('ab.com/')],
  ['schemes', fill('http://')],
  ['schemes without a host', fill('http://)')],
  ['addresses', fill('a@')],
  ['addresses with hosts', fill('a@b.de,')],
  ['local parts', fill('a+b.')],
  ['hashes', fill('#')],
  ['names', fill('@a')],
  ['ampersands', fill('&amp')],
  ['hyphens', fill('a-')],
  ['double hyphens', fill('--')],
  ['contractions', fill("n't")],
  ['possessives', fill("a's")],
  ['faces', fill(':)')],
  ['eyes', fill(':')],
  ['ordinals', fill('3.')],
  ['dates', fill('24.12.2020-')],
  ['units', fill('5km')],
  ['letters of other planes', fill('𝒳')],
]

const tokenizers = (['text', 'tweets'] as const).map(mode =>
  createTokenizer({ language: 'en', mode, split_hyphens: true }),
)

function secondsOf(tokenize: (text: string) => Tokens, text: string): number {
  const started = performance.now()
  tokenize(text)
  return (performance.now() - started) / 1000
}

t.test('time grows with the length of a text, whatever is in it', async t => {
  for (const [name, text] of texts) {
    for (const tokenize of tokenizers) {
      const seconds = secondsOf(tokenize, text)
      t.ok(seconds < 5, `${name}: ${seconds.toFixed(2)} s`)
      const piece = text.slice(0, 5000)
      checkOffsets(piece, tokenize(piece))
    }
  }
})

t.test('five million characters are a matter of seconds', async t => {
  for (const shred of ['a', '(', '😷', 'a.']) {
    const text = fill(shred, 5_000_000)
    for (const tokenize of tokenizers) t.ok(secondsOf(tokenize, text) < 20, shred)
  }
})

t.test('what a long text needed is given back', async t => {
  for (const tokenize of tokenizers) {
    t.equal(tokenize(fill('a ')).count, size / 2)
    t.ok(tokenize('a b').starts.length < 10_000)
  }
})
