import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { shippedNameLanguages, shippedNames } from '../../plugins/_text/entities/shipped.js'
import { tablesScratchBytes } from '../../plugins/_text/tagging/tables-asset.js'
import { modelScratchBytes } from '../../plugins/_text/tagging/tagger.js'
import { tablesOf, taggerOf } from '../../plugins/_text/tagging/tagger-file.js'
import { createTokenizer } from '../../plugins/_text/tokens/tokenizer.js'
import { EntityModel } from '../../plugins/ner/model.js'
import { GeneratedTexts } from './generated-texts.js'
import { invoke, load, memoryOf, startServe } from './host-process.js'
import { measureLoad, megabytes } from './measure-load.js'
import { median } from './wrk.js'

const rounds = 7
const models = 1000
const lanes = 2
const curve = { slope: 1, offset: 0 }

/**
 * Texts to names in one thread, as the plugin finds them: tokens a second; milliseconds of a load; memory of a thousand
 * models that share their word tables.
 *
 * @param args  a text file, of which each line is one text, and its language; without them, generated tweets and English
 */
export async function ner([path, language = 'en']: readonly string[]): Promise<void> {
  const model = shippedNameLanguages.includes(language) ? fileURLToPath(shippedNames(language, 'model')!) : ''
  if (!existsSync(model)) {
    console.log(`there are no names of ${language} in the package`)
    return
  }
  const texts = path === undefined ? generated() : (await readFile(path, 'utf8')).split('\n').filter(Boolean)
  console.table([await measureSpeed(texts, language)])
  console.table([await measureMemory(dirname(model), (await stat(model)).size, texts)])
}

/** Names, hashtags, mentions and links among words. */
function generated(): string[] {
  const texts = new GeneratedTexts(20_000)
  const dress = (word: string, i: number) => {
    if (i % 9 < 2) return word.charAt(0).toUpperCase() + word.slice(1)
    if (i % 13 === 5) return `#${word}`
    return i % 17 === 3 ? `@${word}` : word
  }
  return Array.from({ length: 2000 }, () => `${texts.text(25).split(' ').map(dress).join(' ')} https://t.co/x.`)
}

async function measureSpeed(texts: readonly string[], language: string) {
  const tables = tablesOf(await readFile(shippedNames(language, 'tables')!), 'NER-tables')
  const tagger = taggerOf(await readFile(shippedNames(language, 'model')!), 'NER-model', tables)
  const settings = {
    language,
    mode: 'tweets',
    split_hyphens: false,
    mentions: false,
    hashtags: false,
    offsets: 'utf16',
  } as const
  const names = new EntityModel(tagger, curve, settings)
  const tokenize = createTokenizer(settings)
  const tokens = texts.reduce((sum, text) => sum + tokenize(text).count, 0)
  const found = texts.reduce((sum, text) => sum + names.ofText(text).length, 0)
  return {
    language,
    texts: texts.length,
    tokens,
    names: found,
    'text -> names, tokens/s': rateOf(tokens, () => texts.forEach(text => void names.ofText(text))),
    'text -> tokens, tokens/s': rateOf(tokens, () => texts.forEach(text => void tokenize(text))),
  }
}

/** A thousand copies of one artifact, each loaded and asked. */
async function measureMemory(artifact: string, fileBytes: number, texts: readonly string[]) {
  const host = await startServe('--lanes', String(lanes))
  try {
    const start = (await memoryOf(host.pid)).pss
    const add = async (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        await load(host.url, `m${i}`, artifact)
        await invoke(host.url, `m${i}`, texts[i % texts.length]!, 'text/plain')
      }
    }
    // The first ones bring the word tables, and keep them.
    await add(0, lanes)
    const warm = (await memoryOf(host.pid)).pss
    const { ms, bytes } = await measureLoad(host, artifact)
    const startMs = performance.now()
    await add(lanes, models)
    const eachMs = (performance.now() - startMs) / (models - lanes)
    await setTimeout(500)
    const each = ((await memoryOf(host.pid)).pss - warm) / (models - lanes)
    return {
      'load ms': ms.toFixed(1),
      'load + invoke ms': eachMs.toFixed(1),
      'file MB': megabytes(fileBytes),
      'loaded MB': megabytes(bytes),
      'asked MB, of 1,000': megabytes(each),
      'with tables, first MB': megabytes(warm - start),
      'scratch MB a lane': megabytes(modelScratchBytes),
      'of tables MB': megabytes(tablesScratchBytes),
    }
  } finally {
    await host.stop()
  }
}

/** The median, after one round to warm up. */
function rateOf(tokens: number, work: () => void): number {
  const rates: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now()
    work()
    if (round > 0) rates.push((1000 * tokens) / (performance.now() - start))
  }
  return Math.round(median(rates))
}
