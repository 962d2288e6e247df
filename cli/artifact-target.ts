import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shippedNameLanguages, shippedNames } from '../plugins/_text/entities/shipped.js'
import { shippedLanguages, shippedTagger } from '../plugins/_text/tagging/shipped.js'
import { UsageError } from './command.js'

/** Artifacts that come with the package: what stands before the colon, and behind it. */
const shipped: Readonly<Record<string, Shipped>> = {
  tagger: { languages: shippedLanguages, model: shippedTagger },
  ner: { languages: shippedNameLanguages, model: language => shippedNames(language, 'model') },
}

interface Shipped {
  readonly languages: readonly string[]
  model(language: string): URL | undefined
}

const targetsOf = (kind: string): string[] => shipped[kind]!.languages.map(language => `${kind}:${language}`)

const allTargets = Object.keys(shipped).flatMap(targetsOf)

/** What the argument of a command may be, for its help. */
export const artifactHelp = `The artifact: its folder, or one that comes with the package (${allTargets.join(', ')}).`

/**
 * The folder that an argument names: the argument itself, or for `tagger:de` and `ner:en` that of what comes with the
 * package.
 *
 * @throws UsageError for a language without one
 */
export function artifactFolder(target: string): string {
  const [, kind = '', language = ''] = /^([a-z]+):(.*)$/s.exec(target) ?? []
  if (!Object.hasOwn(shipped, kind)) return target
  const model = shipped[kind]!.model(language)
  if (model) return dirname(fileURLToPath(model))
  const known = targetsOf(kind).join(' and ')
  throw new UsageError(`There is no ${target}. With the package come ${known}; others are named by their folders.`)
}
