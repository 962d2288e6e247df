import { readFile } from 'node:fs/promises'
import { shippedLanguages, shippedTagger } from '../../plugins/_text/tagging/shipped.js'
import { taggerScratchBytes } from '../../plugins/_text/tagging/tagger.js'
import { readTaggerFile } from '../../plugins/_text/tagging/tagger-file.js'
import { createTokenizer } from '../../plugins/_text/tokens/tokenizer.js'
import { GeneratedTexts } from './generated-texts.js'
import { megabytes } from './measure-load.js'
import { findPeers } from './tagging-peers.js'
import { median } from './wrk.js'

const rounds = 7
const tokenCapacity = 1 << 16

/**
 * Text to tags in one thread: tokens a second, tokenising included, and of which that takes; milliseconds to open.
 *
 * @param args  a text file, of which each line is one text, and its language; without them, generated texts. Then a folder
 *   with a `node_modules` of other taggers, to be measured beside: wink-nlp with wink-eng-lite-web-model, compromise
 */
export async function tagging([path, language, peers]: readonly string[]): Promise<void> {
  const lines = path === undefined ? generated() : (await readFile(path, 'utf8')).split('\n')
  const texts = lines.filter(line => line !== '')
  const rows = []
  for (const one of language === undefined ? shippedLanguages : [language]) rows.push(await measure(one, texts))
  console.table(rows)
  if (peers !== undefined)
    console.table(
      findPeers(peers).map(({ name, tag }) => ({ tagger: name, 'tokens/s': rateOf(() => count(texts, tag)) })),
    )
}

function generated(): string[] {
  const texts = new GeneratedTexts(20_000)
  return Array.from({ length: 2000 }, () => `${texts.text(20)}. ${texts.text(15)}.`)
}

async function measure(language: string, texts: readonly string[]) {
  const openMs: number[] = []
  const url = shippedTagger(language)!
  let tagger = await readTaggerFile(url)
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    tagger = await readTaggerFile(url)
    openMs.push(performance.now() - start)
  }
  const tokenize = createTokenizer({ language, mode: 'text', split_hyphens: false })
  const tags = new Uint8Array(tokenCapacity)
  const tokensOnly = rateOf(() => count(texts, text => tokenize(text).count))
  const both = rateOf(() =>
    count(texts, text => {
      const tokens = tokenize(text)
      tagger.tag(text, tokens, tokens.count > tags.length ? new Uint8Array(tokens.count) : tags)
      return tokens.count
    }),
  )
  return {
    language,
    texts: texts.length,
    'text -> tags, tokens/s': both,
    'text -> tokens, tokens/s': tokensOnly,
    'tokens -> tags, tokens/s': Math.round(1 / (1 / both - 1 / tokensOnly)),
    'open ms': median(openMs).toFixed(1),
    'scratch MB': megabytes(taggerScratchBytes),
  }
}

const count = (texts: readonly string[], work: (text: string) => number) =>
  texts.reduce((sum, text) => sum + work(text), 0)

/** The median, after one round to warm up. */
function rateOf(work: () => number): number {
  const rates: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now()
    const tokens = work()
    if (round > 0) rates.push((1000 * tokens) / (performance.now() - start))
  }
  return Math.round(median(rates))
}
