import { classOf, digit, lowerOf } from './characters.as'
import { endsClause, hashtag, mention, opensSentence, plain, unitAt, url } from './word.as'

/** What the signs of a token say: is it a URL, a mention, a hashtag; does it end a clause, or open a sentence? */

/** By its first units: @ mention, # hashtag, www. and http:// and https:// a URL. */
export function kindOf(word: usize, count: i32): u32 {
  const first = unitAt(word, 0)
  if (count > 1 && first === 0x40) return mention
  if (count > 1 && first === 0x23) return hashtag
  const lowFirst = lowerOf(first)
  if (lowFirst === 0x77 && count > 4) {
    const isWww = lowerOf(unitAt(word, 1)) === 0x77 && lowerOf(unitAt(word, 2)) === 0x77 && unitAt(word, 3) === 0x2e
    return isWww ? url : plain
  }
  if (lowFirst === 0x68 && count > 7) {
    if (lowerOf(unitAt(word, 1)) !== 0x74 || lowerOf(unitAt(word, 2)) !== 0x74) return plain
    if (lowerOf(unitAt(word, 3)) !== 0x70) return plain
    const colon = lowerOf(unitAt(word, 4)) === 0x73 ? 5 : 4
    const isHttp =
      count > colon + 3 &&
      unitAt(word, colon) === 0x3a &&
      unitAt(word, colon + 1) === 0x2f &&
      unitAt(word, colon + 2) === 0x2f
    return isHttp ? url : plain
  }
  // As corpora mask them: URL12.
  if (first === 0x55 && count > 3 && unitAt(word, 1) === 0x52 && unitAt(word, 2) === 0x4c) {
    return classOf(unitAt(word, 3)) === digit ? url : plain
  }
  return plain
}

/** Of one unit: , ; ) / … end a clause, ( - – . : ! ? do and open a sentence, " „ “ » « * only open one. */
function traitsOfSign(unit: u32): u64 {
  if (unit === 0x2c || unit === 0x3b || unit === 0x29 || unit === 0x2f) return endsClause
  if (unit === 0x28 || unit === 0x2d || unit === 0x2013 || unit === 0x2e) return endsClause | opensSentence
  if (unit === 0x3a || unit === 0x21 || unit === 0x3f) return endsClause | opensSentence
  if (unit === 0x2026) return endsClause
  if (unit === 0x22 || unit === 0x201e || unit === 0x201c || unit === 0xbb || unit === 0xab) return opensSentence
  return unit === 0x2a ? opensSentence : 0
}

export function traitsOfSigns(word: usize, count: i32): u64 {
  if (count === 1) return traitsOfSign(unitAt(word, 0))
  const first = unitAt(word, 0)
  if (first !== unitAt(word, 1)) return 0
  if (count === 2) return first === 0x60 ? opensSentence : 0
  return count === 3 && first === 0x2e && unitAt(word, 2) === 0x2e ? endsClause : 0
}
