/** A name in a sentence of tokens: `start` inclusive, `end` exclusive. */
export interface Entity {
  readonly label: string
  readonly start: number
  readonly end: number
}

/**
 * How corpora write names as one tag a token. B begins a name, I goes on; IOB1 has B only where two names of one label
 * touch; BILOU and BIOES mark the last token of a name (L, E) and names of one token (U, S).
 */
export type Scheme = 'bio' | 'iob1' | 'bilou' | 'bioes'

type Place = 'begin' | 'inside' | 'last' | 'single'

const places: Readonly<Record<string, Place>> = {
  B: 'begin',
  I: 'inside',
  M: 'inside',
  L: 'last',
  E: 'last',
  U: 'single',
  S: 'single',
  W: 'single',
}

/** Of a token outside of names. */
export const outside = 'O'

/** Is it a tag of one of the schemes: `O`, or a letter, a hyphen and a label? */
export const isTag = (tag: string): boolean => tag === outside || placeOf(tag) !== undefined

const placeOf = (tag: string): Place | undefined =>
  tag.length > 2 && tag.charCodeAt(1) === 0x2d ? places[tag[0]!] : undefined

const labelOf = (tag: string): string => tag.slice(2)

/**
 * The names that the tags of a sentence say, whatever their scheme. A tag that goes on where no name of its label is
 * open begins one, as in conlleval and in the default mode of seqeval.
 *
 * @param tags  each as `isTag` has it
 */
export function entitiesOf(tags: readonly string[]): Entity[] {
  const entities: Entity[] = []
  let label: string | undefined
  let start = 0
  const close = (end: number) => {
    if (label !== undefined) entities.push({ label, start, end })
    label = undefined
  }
  for (const [i, tag] of tags.entries()) {
    const place = placeOf(tag)
    const own = place === undefined ? undefined : labelOf(tag)
    if (place === 'begin' || place === 'single' || own !== label) close(i)
    if (own !== undefined && label === undefined) {
      label = own
      start = i
    }
    if (place === 'last' || place === 'single') close(i + 1)
  }
  close(tags.length)
  return entities
}

/**
 * The tags of a sentence.
 *
 * @param entities  in order, none over another
 */
export function tagsOf(count: number, entities: readonly Entity[], scheme: Scheme): string[] {
  const tags = new Array<string>(count).fill(outside)
  let before: Entity | undefined
  for (const entity of entities) {
    const { label, start, end } = entity
    tags.fill(`I-${label}`, start, end)
    const touches = before?.end === start && before.label === label
    if (scheme !== 'iob1' || touches) tags[start] = `B-${label}`
    if (scheme === 'bilou' || scheme === 'bioes') {
      const [last, single] = scheme === 'bilou' ? ['L', 'U'] : ['E', 'S']
      if (end - start === 1) tags[start] = `${single}-${label}`
      else tags[end - 1] = `${last}-${label}`
    }
    before = entity
  }
  return tags
}

/** Finds the scheme of a file, a sentence at a time. */
export class SchemeFinder {
  #bilou = false
  #bioes = false
  /** Has an I begun a name, and has a B begun one where IOB1 has an I? */
  #beginsByI = false
  #beginsByB = false

  add(tags: readonly string[]): void {
    let before = outside
    for (const tag of tags) {
      const letter = tag[0]
      if (letter === 'L' || letter === 'U') this.#bilou = true
      else if (letter === 'E' || letter === 'S') this.#bioes = true
      else if (tag !== outside && (before === outside || labelOf(before) !== labelOf(tag))) {
        if (letter === 'B') this.#beginsByB = true
        else this.#beginsByI = true
      }
      before = tag
    }
  }

  get scheme(): Scheme {
    if (this.#bilou) return 'bilou'
    if (this.#bioes) return 'bioes'
    return this.#beginsByI && !this.#beginsByB ? 'iob1' : 'bio'
  }
}
