import type { Draws } from './draws.js'
import type { NamesByClass } from './own-lists.js'

/** What may stand in a place, and the label of that; none: no name. */
export interface Filler {
  readonly label?: string
  readonly draw: () => string
}

/** Names of works: words that any title may have. */
const works =
  'Blue Tonight Heart Fire Love Rain Home Forever Summer River Dream Alone Gold Sky Run Stay Lost Dancing Broken'.split(
    ' ',
  )
/** Share of last names that are in no list, as most are. */
const unlisted = 0.3

/** The beginning of one name, and the end of another. */
const blend = (one: string, other: string): string =>
  one.slice(0, Math.ceil(one.length / 2)) + other.slice(Math.floor(other.length / 2))

/** Titles that may stand before any name. */
const plainTitle = /^[A-ZÄÖÜ]/

/** What fills the places of sentences: our own lists, and first and last names of others. */
export function fillersOf(
  own: NamesByClass,
  others: NamesByClass,
  handles: readonly string[],
  draws: Draws,
): Record<string, Filler> {
  const list = (className: string) => own.get(className) ?? []
  const all = (className: string) => [...list(className), ...(others.get(className) ?? [])]
  const [firsts, lasts] = [all('FIRST'), all('LAST')]
  const first = () => draws.of(draws.chance(0.7) ? list('FIRST') : firsts)
  const last = () => (draws.chance(unlisted) ? blend(draws.of(lasts), draws.of(lasts)) : draws.of(lasts))
  const person = () => (draws.chance(0.55) ? draws.of(list('PERSON')) : `${first()} ${last()}`)
  const surname = () => (draws.chance(0.7) ? draws.of(list('SURNAME')) : last())
  const titles = list('TITLE').filter(title => plainTitle.test(title))
  return {
    person: { label: 'PER', draw: person },
    surname: { label: 'PER', draw: surname },
    first: { label: 'PER', draw: first },
    place: { label: 'LOC', draw: () => draws.of(list('PLACE')) },
    state: { label: 'LOC', draw: () => draws.of(list('STATE')) },
    org: { label: 'ORG', draw: () => draws.of(list('ORG')) },
    title: { draw: () => draws.of(titles) },
    other: { draw: () => draws.of(list('OTHER')) },
    people: { draw: () => draws.of(list('PEOPLE')) },
    work: { draw: () => draws.of(works) },
    handle: { draw: () => draws.of(handles) },
  }
}
