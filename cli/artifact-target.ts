import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shippedLanguages, shippedTagger } from '../plugins/_text/tagging/shipped.js'
import { UsageError } from './command.js'

const shipped = 'tagger:'

/** What the argument of a command may be, for its help. */
export const artifactHelp = `The artifact: its folder, or ${shippedLanguages.map(name => shipped + name).join(' or ')}.`

/**
 * The folder that an argument names: the argument itself, or for `tagger:de` that of the tagger which comes with the
 * package.
 *
 * @throws UsageError for a language without one
 */
export function artifactFolder(target: string): string {
  if (!target.startsWith(shipped)) return target
  const language = target.slice(shipped.length)
  const model = shippedTagger(language)
  if (model) return dirname(fileURLToPath(model))
  const known = shippedLanguages.map(name => shipped + name).join(' and ')
  throw new UsageError(`There is no ${target}. With the package come ${known}; others are named by their folders.`)
}
