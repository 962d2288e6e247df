import type { Tagger } from '../_text/tagging/tagger.js'
import { createTextTagger, type TextTagger } from '../_text/tagging/text-tagger.js'
import { createTokenizer, type TokenizerSettings } from '../_text/tokens/tokenizer.js'
import type { Tokens } from '../_text/tokens/tokens.js'
import { type Stems, stemsFor } from './stems.js'

/** What a text is read with. */
export interface TextTools {
  readonly tokenize: (text: string) => Tokens
  /** Tags texts. */
  readonly tagText: TextTagger
  /** Tags words that a caller has cut himself. */
  readonly tagger: Tagger
  /** Absent: the lower-cased word is its stem. */
  readonly stems: Stems | undefined
}

export interface TextSettings {
  readonly language: string
  readonly normalization: string | null
  readonly tokens: TokenizerSettings['mode']
  readonly split_hyphens: boolean
}

export async function createTextTools(settings: TextSettings, tagger: Tagger): Promise<TextTools> {
  const { language, tokens: mode, split_hyphens } = settings
  const tokenize = createTokenizer({ language, mode, split_hyphens })
  return {
    tokenize,
    tagText: createTextTagger(tagger, mode),
    tagger,
    stems: await stemsFor(settings.normalization, language),
  }
}
