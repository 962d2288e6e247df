import { progressEveryMs } from '../../_model/progress.js'
import { type Document, type DocumentColumns, readDocuments, textColumns } from '../../_text/documents.js'
import type { Preprocessor } from '../../_text/preprocess.js'
import { refuse, type TrainingTools } from './tools.js'
import { type Corpus, CorpusBuilder } from './vocabulary.js'

/** What of the params decides over the corpus. */
export interface CorpusSettings extends DocumentColumns {
  readonly min_count: number
  readonly train_df?: string | undefined
}

export interface CorpusTools extends TrainingTools {
  readonly preprocessor: Preprocessor
  /** Is told each document with its tokens. */
  readonly onDocument?: ((document: Document, tokens: readonly string[]) => void) | undefined
}

/**
 * Reads tables as documents, one a row.
 *
 * @param path  a file, or a folder of tables
 * @throws HostError TRAIN_FAILED when the files cannot be read or too few words are left
 */
export async function readCorpus(path: string, settings: CorpusSettings, tools: CorpusTools): Promise<Corpus> {
  const { min_count: minCount, train_df: fileName } = settings
  const builder = new CorpusBuilder()
  let shownAt = performance.now()
  for await (const document of readDocuments(path, settings, refuse, fileName)) {
    const tokens = tools.preprocessor.tokens(document.text)
    builder.add(tokens)
    tools.onDocument?.(document, tokens)
    if (performance.now() - shownAt < progressEveryMs) continue
    shownAt = performance.now()
    const { documents } = builder
    tools.progress({ done: documents, total: documents, unit: 'documents', stage: 'reading' })
  }
  if (builder.documents === 0) throw refuse(`${path} has a header but no rows.`)
  const corpus = builder.build(minCount)
  if (corpus.vocabulary.words.length === 0) {
    const columns = textColumns(settings).map(name => `"${name}"`)
    const place = `${columns.length > 1 ? 'columns' : 'column'} ${columns.join(', ')}`
    throw refuse(
      `no word of the ${builder.documents} documents (${builder.tokens} tokens in ${place}) ` +
        `occurs ${minCount} times or more. Give more texts, or lower min_count.`,
    )
  }
  const { words, total } = corpus.vocabulary
  const figures = { documents: builder.documents, tokens: builder.tokens, vocabulary: words.length, keptTokens: total }
  tools.log.info(figures, 'corpus read')
  return corpus
}
