import { countedLabel } from './grammar/chunker.js'
import { GrammarError, parseGrammar } from './grammar/parse-grammar.js'
import type { Params } from './params.js'

const stemmed: readonly string[] = ['de', 'en']
/** What people write where words are to stay as they are. */
const none: readonly string[] = ['none', 'null', '']

/** @returns what the schema cannot say is wrong with params, as sentences; undefined where nothing is */
export function findParamsProblem({ grammar, language, normalization }: Params): string | undefined {
  if (normalization === 'stemming' && !stemmed.includes(language)) {
    return `normalization "stemming" is for the languages ${stemmed.join(' and ')}, not for "${language}". Set it to "none".`
  }
  try {
    parseGrammar(grammar)
    return undefined
  } catch (error) {
    if (error instanceof GrammarError) return `grammar is refused: ${error.message}`
    throw error
  }
}

/** Has a grammar that can be read a stage whose chunks count? */
export const hasCountedStage = (grammar: string): boolean =>
  parseGrammar(grammar).some(({ label }) => label === countedLabel)

/** Is it a word that nobody has said the meaning of, such as "steming"? It means what "None" does. */
export const isOddNormalization = (normalization: string | null): boolean =>
  normalization !== null && normalization !== 'stemming' && !none.includes(normalization.toLowerCase())
