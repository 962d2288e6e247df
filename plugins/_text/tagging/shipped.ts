/** The taggers that come with the host. */

export const shippedLanguages: readonly string[] = ['de', 'en']

/**
 * The model file of a language, as the plugin Tagger has it.
 *
 * @returns undefined for other languages
 */
export function shippedTagger(language: string): URL | undefined {
  if (!shippedLanguages.includes(language)) return undefined
  // From dist/plugins/_text/tagging to what the package has beside dist.
  return new URL(`../../../../plugins/tagger/shipped/${language}/Tagger-model`, import.meta.url)
}
