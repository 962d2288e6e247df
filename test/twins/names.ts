/** What names need, in plain TypeScript: letters' case, the style of a sentence, and names of lists. */

/** Sets of classes by name, in lower case without dots and apostrophes. */
export interface TwinNames {
  readonly apart: ReadonlyMap<string, TwinSet>
  /** Without its spaces: how hashtags write it. */
  readonly joined: ReadonlyMap<string, TwinSet>
}

export interface TwinSet {
  readonly number: number
  readonly classes: readonly number[]
}

export interface NameWord {
  /** As names have it; empty for what is in none. */
  readonly name: string
  readonly mayBeJoined: boolean
}

const isUpper = (unit: string) => /\p{Lu}|\p{Lt}/u.test(unit)
const isLower = (unit: string) => /\p{Ll}/u.test(unit)

export function caseTwin(form: string): number {
  const units = Array.from({ length: form.length }, (_, i) => form[i]!)
  const cased = units.filter(unit => isUpper(unit) || isLower(unit))
  const uppers = cased.filter(isUpper).length
  if (uppers === 0) return cased.length === 0 ? 1 : 2
  if (uppers === 1 && isUpper(cased[0]!)) return 4
  return uppers === cased.length ? 3 : 5
}

/** @param cases  of the words without signs */
export function styleTwin(cases: readonly number[]): bigint {
  const words = cases.filter(own => own > 1)
  const share = (...of: number[]) => words.filter(own => of.includes(own)).length / words.length
  if (words.every(own => own === 2)) return 3n
  if (words.length >= 3 && share(3) > 0.5) return 1n
  return words.length >= 3 && share(3, 4) >= 0.7 - 1e-9 ? 2n : 4n
}

/** Of each word the values of `gazetteers` and of the four slots of `gazetteer`. */
export function namesTwin(words: readonly NameWord[], names: TwinNames): bigint[][] {
  const values: bigint[][] = []
  while (values.length < words.length) {
    const from = values.length
    const { count, set } = longest(words.slice(from, from + 6), names)
    if (!set) values.push([1n, 1n, 0n, 0n, 0n])
    for (let k = 0; set && k < count; k++) {
      const place = count === 1 ? 3 : k === 0 ? 0 : k === count - 1 ? 2 : 1
      const value = (number: number | undefined) => (number === undefined ? 0n : BigInt(2 + place + 4 * number))
      values.push([value(set.number), ...Array.from({ length: 4 }, (_, slot) => value(set.classes[slot]))])
    }
  }
  return values
}

/** The longest name at the beginning. */
function longest(
  words: readonly NameWord[],
  { apart, joined }: TwinNames,
): { count: number; set?: TwinSet | undefined } {
  for (let count = words.length; count > 0; count--) {
    const parts = words.slice(0, count).map(({ name }) => name)
    const set = parts.includes('') ? undefined : apart.get(parts.join(' '))
    if (set) return { count, set }
  }
  return { count: 1, set: words[0]!.mayBeJoined ? joined.get(words[0]!.name) : undefined }
}
