/** The models of names that come with the host, and what they know of words. */

export const shippedNameLanguages: readonly string[] = ['de', 'en']

/**
 * A file of the model of a language, as the plugin NER has it: `model`, or the `tables` that other models may use too.
 *
 * @returns undefined for other languages
 */
export function shippedNames(language: string, file: 'model' | 'tables'): URL | undefined {
  if (!shippedNameLanguages.includes(language)) return undefined
  // From dist/plugins/_text/entities to what the package has beside dist.
  return new URL(`../../../../plugins/ner/shipped/${language}/NER-${file}`, import.meta.url)
}
