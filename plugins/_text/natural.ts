/**
 * The German stemmer of natural. The build bundles it into this file: natural itself would bring database drivers to
 * everyone who installs this package, and 0.7 s and 110 MB to each thread that imports it.
 */
import porterStemmerDe from 'natural/lib/natural/stemmers/porter_stemmer_de.js'

/** Snowball German; lower-cased words in NFC. */
export const stemGerman = (word: string): string => porterStemmerDe.stem(word)
