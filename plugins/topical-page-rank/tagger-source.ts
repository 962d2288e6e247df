import { type Artifact, type Asset, type FileSize, fail } from 'modelhost'
import { shippedLanguages, shippedTagger } from '../_text/tagging/shipped.js'
import { openTagger, type Tagger, taggerScratchBytes } from '../_text/tagging/tagger.js'

/** What follows the prefix of an artifact in the name of its own tagger. */
export const taggerFile = 'tagger'

const hasOwn = (files: readonly FileSize[]) => files.some(({ name }) => name === taggerFile)

/** The shipped tagger of a language, where the artifact has none. */
export function taggerAssets({ language }: { readonly language: string }, files: readonly FileSize[]) {
  const url = hasOwn(files) ? undefined : shippedTagger(language)
  return url ? { [taggerFile]: { url, scratchBytes: taggerScratchBytes } } : {}
}

/** Room for the artifact's own tagger; a shipped one has its own. */
export const ownTaggerScratchBytes = (files: readonly FileSize[]): number => (hasOwn(files) ? taggerScratchBytes : 0)

/** How to come by a tagger, for errors. */
export const howToHaveTagger = (language: string) =>
  `there is no tagger for the language "${language}". Shipped are: ${shippedLanguages.join(', ')}. ` +
  'Train one from a CoNLL-U treebank (modelhost train Tagger)'

/**
 * The artifact's own tagger, or the shipped one.
 *
 * @throws HostError PARAMS_INVALID where there is none; ARTIFACT_INVALID, TENSOR_FILE_BROKEN where it is damaged
 */
export function findTagger(artifact: Artifact, assets: Readonly<Record<string, Asset>>, language: string): Tagger {
  if (artifact.has(taggerFile)) {
    const { memory, scratch } = artifact
    return openTagger({ file: artifact.file(taggerFile), memory, scratch })
  }
  const shipped = assets[taggerFile]
  if (shipped) return openTagger({ file: shipped, memory: shipped.memory, scratch: shipped.scratch })
  const way = `and put its model into the artifact as ${artifact.prefix}-${taggerFile}`
  throw fail('PARAMS_INVALID', {
    file: `${artifact.prefix}-params.json`,
    problem: `${howToHaveTagger(language)} ${way}, or set language to one of those.`,
  })
}
