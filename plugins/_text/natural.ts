/**
 * The two stemmers of natural. The build bundles them into this file: natural itself would bring database drivers to
 * everyone who installs this package, and 0.7 s and 110 MB to each thread that imports it.
 */
import porterStemmer from 'natural/lib/natural/stemmers/porter_stemmer.js'
import porterStemmerDe from 'natural/lib/natural/stemmers/porter_stemmer_de.js'

/** Snowball German; lower-cased words in NFC. */
export const stemGerman = (word: string): string => porterStemmerDe.stem(word)

/** Porter's first algorithm, without NLTK's extensions; lower-cased words. */
export const stemEnglish = (word: string): string => porterStemmer.stem(word)
