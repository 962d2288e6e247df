/** Word, as it stands in the text → its stem. */
export type Stem = (word: string) => string

/**
 * What a `normalization` makes of words: `stemming` their stems, as pke 1.8 has them; anything else leaves them as they
 * are.
 *
 * @param language  for stemming `de` or `en`, as `findParamsProblem` makes sure
 * @returns undefined where words stay
 */
export async function stemmerFor(normalization: string | null, language: string): Promise<Stem | undefined> {
  if (normalization !== 'stemming') return undefined
  // Stemmers are imported only where they are needed.
  const { stemmerOf } = await import('../_text/stem.js')
  if (language === 'en') return stemmerOf('en')
  const stem = stemmerOf('de', { keepStopWords: true })
  return word => stem(word.toLowerCase())
}
