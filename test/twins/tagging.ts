import {
  contextAttributes,
  parseTemplate,
  type Template,
  wordAttributes,
} from '../../plugins/_text/tagging/attributes.js'
import { type ExpandedTemplate, expandTemplates } from '../../plugins/_text/tagging/expand.js'
import { caseTwin, type NameWord, namesTwin, styleTwin, type TwinNames } from './names.js'

/** The tagging kernel in plain TypeScript, to be read: attributes, features, scores, and the best tags. */

const mask = (1n << 64n) - 1n
const golden = 0x9e3779b97f4a7c15n
const emptyWord = 0x12345678n
const outside = 0xffff_ffff_ffffn

function mix(hash: bigint, value: bigint | number): bigint {
  const product = ((hash ^ BigInt(value)) * golden) & mask
  return product ^ (product >> 29n)
}

function finish(hash: bigint): bigint {
  const product = ((hash ^ (hash >> 32n)) * golden) & mask
  return product ^ (product >> 32n)
}

const mixAll = (values: Iterable<number>) => [...values].reduce<bigint>(mix, emptyWord)

/** What is known of words, by their form. */
export interface TwinLists {
  /** Number of the classes, and its letters. */
  readonly lexicon?: ReadonlyMap<string, { readonly number: number; readonly letters: string }>
  /** By the form in lower case: the path of 0 and 1. */
  readonly clusters?: ReadonlyMap<string, string>
  readonly auxiliaries?: ReadonlySet<string>
  /** By the form in lower case: 1 to 5. */
  readonly capitals?: ReadonlyMap<string, number>
  readonly names?: TwinNames
}

interface Word extends NameWord {
  readonly form: string
  readonly values: Readonly<Record<string, bigint>>
  readonly isCapitalised: boolean
  readonly endsClause: boolean
  readonly opens: boolean
  readonly isAuxiliary: boolean
  /** Of its letters, where it is a plain word. */
  readonly ownCase: number
  /** Letters of the lexicon's class. */
  readonly letters: string
}

const units = (text: string) => Array.from({ length: text.length }, (_, i) => text[i]!)
const oneUnit = (from: string, to: string) => (to.length === 1 ? to : from)
const lower = (text: string) =>
  units(text)
    .map(unit => oneUnit(unit, unit.toLowerCase()))
    .join('')
const upper = (unit: string) => oneUnit(unit, unit.toUpperCase())
const isUpper = (unit: string) => /\p{Lu}|\p{Lt}/u.test(unit)
const isLetter = (unit: string) => /\p{L}|\p{M}/u.test(unit)
const isDigit = (unit: string) => /[0-9]/.test(unit)
const zeros = (text: string) => text.replace(/[0-9]/g, '0')
const codes = (text: string) => units(text).map(unit => unit.charCodeAt(0))
const backward = (text: string) => codes(text).reverse()

function kindOf(form: string): 'plain' | 'url' | 'mention' | 'hashtag' {
  if (/^@./su.test(form)) return 'mention'
  if (/^#./su.test(form)) return 'hashtag'
  return /^(https?:\/\/|www\.)./su.test(lower(form)) || /^URL[0-9]/.test(form) ? 'url' : 'plain'
}

const kinds = { plain: 0, url: 1, mention: 2, hashtag: 4 }

function shapeOf(form: string): bigint {
  const marks = units(form).map(unit => {
    if (isUpper(unit)) return 1
    if (isDigit(unit)) return 3
    return isLetter(unit) ? 2 : unit.charCodeAt(0) + 16
  })
  return mixAll(marks.filter((mark, i) => mark !== marks[i - 1] || mark !== marks[i - 2]))
}

/** Of a word of more than 64 units the first and last 32. */
const cut = (form: string) => (form.length > 64 ? form.slice(0, 32) + form.slice(-32) : form)

function describe(whole: string, lists: TwinLists): Word {
  const form = cut(whole)
  const low = lower(form)
  const kind = kindOf(form)
  const isMasked = kind === 'url' || kind === 'mention'
  const values: Record<string, bigint> = {
    bias: 1n,
    initial: isUpper(form[0]!) ? 2n : 1n,
    kind: BigInt(kinds[kind] + 1),
    length: BigInt(Math.min(form.length, 12)),
    digit: /[0-9]/.test(form) ? 1n : 0n,
    hyphen: form.includes('-') ? 1n : 0n,
    form: isMasked ? BigInt(kinds[kind]) : mixAll(codes(zeros(form))),
    lower: isMasked ? BigInt(kinds[kind]) : mixAll(codes(zeros(low))),
    shape: isMasked ? BigInt(kinds[kind]) : shapeOf(form),
    bare: isMasked ? BigInt(kinds[kind]) : mixAll(codes(zeros(kind === 'hashtag' ? low.slice(1) : low))),
    case: isMasked ? 1n : BigInt(caseTwin(form)),
  }
  for (let k = 1; k <= 5 && k <= low.length && !isMasked; k++) {
    values[`suffix${k}`] = mixAll(backward(zeros(low).slice(-k)))
    if (k <= 4) values[`prefix${k}`] = mixAll(codes(zeros(low).slice(0, k)))
  }
  const letters = lists.lexicon ? describeByLexicon(form, low, lists.lexicon, values) : ''
  if (lists.clusters) describeByCluster(low, kind, lists.clusters, values)
  const bare = kind === 'hashtag' ? low.slice(1) : low
  if (lists.capitals && !isMasked) values['capitalShare'] = BigInt(lists.capitals.get(bare) ?? 6)
  return {
    form,
    values,
    ownCase: kind === 'plain' ? caseTwin(form) : 1,
    mayBeJoined: kind === 'hashtag' || (!isMasked && caseTwin(form) === 5),
    name: isMasked ? '' : bare.replace(/[.'`´‘’ʼ]/g, ''),
    letters,
    isCapitalised: isUpper(form[0]!),
    endsClause: [',', '.', ';', ':', '!', '?', '…', '...', '(', ')', '–', '-', '/'].includes(form),
    opens: [':', '"', '„', '“', '»', '(', '-', '«', '``', '–', '*', '.', '!', '?'].includes(form),
    isAuxiliary: lists.auxiliaries?.has(low) ?? false,
  }
}

function describeByLexicon(
  form: string,
  low: string,
  lexicon: NonNullable<TwinLists['lexicon']>,
  values: Record<string, bigint>,
): string {
  const capital = upper(low[0]!) + low.slice(1)
  const numberOf = (text: string) => lexicon.get(text)?.number ?? 0
  values['lexiconCases'] = (1n << 32n) | (BigInt(numberOf(low)) << 16n) | BigInt(numberOf(capital))
  for (const [i, text] of [form, low, capital].entries()) {
    const entry = lexicon.get(text)
    if (!entry) continue
    values['lexicon'] = (BigInt(i + 1) << 16n) | BigInt(entry.number)
    return entry.letters
  }
  for (let from = 1; form.length - from >= 4; from++) {
    if (!isLetter(form[from]!)) continue
    const tail = low.slice(from)
    const capitalised = upper(tail[0]!) + tail.slice(1)
    const forms = isUpper(form[0]!) ? [capitalised, tail] : [tail, capitalised]
    const entry = lexicon.get(forms[0]!) ?? lexicon.get(forms[1]!)
    if (!entry) continue
    values['lexicon'] = (4n << 16n) | BigInt(entry.number)
    return entry.letters
  }
  values['lexicon'] = 5n << 16n
  return ''
}

function describeByCluster(
  low: string,
  kind: ReturnType<typeof kindOf>,
  clusters: NonNullable<TwinLists['clusters']>,
  values: Record<string, bigint>,
): void {
  const keys = { plain: [low], url: ['<url-t.co>'], mention: ['<@mention>'], hashtag: [low.slice(1), low] }[kind]
  const path = keys.map(key => clusters.get(key)).find(found => found !== undefined)
  if (path === undefined) return
  for (const steps of [4, 6, 8, 10, 12, 14, 20]) {
    const part = path.slice(0, steps)
    values[`cluster${steps}`] = BigInt(part.length * 2 ** 24 + Number.parseInt(part, 2) + 1)
  }
}

function placesOf(words: readonly Word[], names: TwinNames): Record<string, bigint>[] {
  const style = styleTwin(words.map(({ ownCase }) => ownCase))
  const found = namesTwin(words, names)
  const clauseEnds = words.map((word, i) => {
    if (word.endsClause) return i
    const next = words.findIndex((other, k) => k > i && other.endsClause)
    return (next < 0 ? words.length : next) - 1
  })
  const nonFinite = (i: number): string => {
    const word = words[i]
    if (word === undefined || word.isCapitalised) return 'n'
    return (word.letters.includes('p') ? 'p' : '') + (word.letters.includes('v') ? 'v' : '') || 'n'
  }
  const numbers: Record<string, number> = { n: 1, p: 2, v: 4, pv: 6 }
  return words.map((word, i) => {
    const end = clauseEnds[i]!
    const isLast = end === i && !word.endsClause
    let partner = isLast ? nonFinite(i - 1) : end === i ? 'n' : nonFinite(end)
    if (!isLast && partner === 'n' && end - 1 > i) partner = nonFinite(end - 1)
    return {
      start: i === 0 ? 2n : 1n,
      opening: i === 0 || words[i - 1]!.opens ? 2n : 1n,
      clause: isLast ? 3n : end === i + 1 && !word.endsClause ? 2n : 1n,
      auxiliary: word.isAuxiliary ? BigInt((isLast ? 16 : 8) + numbers[partner]!) : 0n,
      capitals: capitalsAt(words, i),
      style,
      gazetteers: found[i]![0]!,
      ...Object.fromEntries(found[i]!.slice(1).map((value, slot) => [`gazetteer ${slot}`, value])),
    }
  })
}

function capitalsAt(words: readonly Word[], i: number): bigint {
  if (!words[i]!.isCapitalised) return 1n
  let [first, last] = [i, i]
  while (words[first - 1]?.isCapitalised) first--
  while (words[last + 1]?.isCapitalised) last++
  const place = i === first ? 0 : i === last ? 1 : 2
  return BigInt(Math.min(last - first + 1, 3) * 8 + (first === 0 ? 4 : 0) + place)
}

function featureAt({ parts, number }: ExpandedTemplate, rows: readonly Record<string, bigint>[], i: number): bigint {
  let hash = finish(mix(0n, number + 1))
  for (const { attribute, isContext, offset, slot } of parts) {
    const name = isContext ? contextAttributes[attribute]! : wordAttributes[attribute]!
    const row = rows[i + offset]
    const value = row === undefined ? outside : (row[name === 'gazetteer' ? `gazetteer ${slot}` : name] ?? 0n)
    if (value === 0n) return 0n
    hash = mix(hash, value)
  }
  return finish(hash) | 1n
}

/** Of each word of a sentence, the feature of each template, as `expandTemplates` has them; 0 for none. */
export function featuresTwin(sentence: readonly string[], templates: readonly string[], lists: TwinLists): bigint[][] {
  const words = sentence.map(word => describe(word, lists))
  const places = placesOf(words, lists.names ?? { apart: new Map(), joined: new Map() })
  const rows = words.map((word, i) => ({ ...word.values, ...places[i] }))
  const parsed = expandTemplates(templates.map(text => parseTemplate(text) as Template))
  return words.map((_, i) => parsed.map(template => featureAt(template, rows, i)))
}

/** @returns the features of a file, by bucket and the lower half of their hash */
export function readWeightsTwin(
  starts: Uint32Array,
  lists: Uint8Array,
): (feature: bigint) => readonly [number, number][] {
  const buckets = starts.length - 1
  const found = new Map<string, [number, number][]>()
  const view = new DataView(lists.buffer, lists.byteOffset, lists.length)
  for (let bucket = 0; bucket < buckets; bucket++) {
    for (let at = starts[bucket]!; at < starts[bucket + 1]!; ) {
      const key = `${bucket} ${view.getUint32(at, true)}`
      const count = view.getUint8(at + 4)
      const pair = (i: number): [number, number] => [view.getUint8(at + 5 + 2 * i), view.getInt8(at + 6 + 2 * i)]
      if (!found.has(key))
        found.set(
          key,
          Array.from({ length: count }, (_, i) => pair(i)),
        )
      at += 5 + 2 * count
    }
  }
  return feature => {
    const bucket = ((feature >> 32n) * BigInt(buckets)) >> 32n
    return found.get(`${bucket} ${feature & 0xffff_ffffn}`) ?? []
  }
}

/** Sums of i16: what is beyond wraps around. */
export function scoresTwin(
  features: readonly (readonly bigint[])[],
  weightsOf: (feature: bigint) => readonly (readonly [number, number])[],
  tags: number,
): Int16Array[] {
  return features.map(row => {
    const scores = new Int16Array(tags)
    for (const feature of row) {
      if (feature === 0n) continue
      for (const [tag, weight] of weightsOf(feature)) scores[tag]! += weight
    }
    return scores
  })
}
