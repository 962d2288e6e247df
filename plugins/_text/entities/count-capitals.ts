import { type CapitalCount, CapitalCounter } from '../tagging/training/capitals.js'
import { findFiles, type Refuse, readLines } from '../text-files.js'
import type { TokenizerSettings } from '../tokens/tokenizer.js'
import { createTextCutter } from './cut-text.js'

const kind = { names: /\.txt(\.gz)?$/i, shown: '*.txt' }

/**
 * How often words have capitals in raw text: files of one text a line.
 *
 * @param path  a file, or a folder of `*.txt`
 * @throws what `refuse` makes, when there is no file, or none can be read
 */
export async function countCapitals(
  path: string,
  settings: TokenizerSettings,
  refuse: Refuse,
): Promise<ReadonlyMap<string, Readonly<CapitalCount>>> {
  const cut = createTextCutter(settings)
  const counter = new CapitalCounter()
  for (const file of await findFiles({ path, kind, refuse })) {
    for await (const lines of readLines(file, refuse)) {
      for (const line of lines) {
        const { text, tokens } = cut(line)
        const { starts, ends, sentenceCount, sentenceEnds } = tokens
        for (let sentence = 0, i = 0; sentence < sentenceCount; sentence++) {
          const words: string[] = []
          for (const end = sentenceEnds[sentence]!; i < end; i++) words.push(text.slice(starts[i], ends[i]))
          counter.add(words)
        }
      }
    }
  }
  return counter.counts
}
