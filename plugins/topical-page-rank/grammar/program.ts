import { type Pattern, PatternError } from './pattern.js'

/**
 * A pattern as a list of instructions for a backtracking search.
 *
 * Where a body that may match nothing is repeated, Python's rule holds: a repetition that took nothing is the last one.
 * So the search must know which of the repetitions that it is in have taken something. What is taken is taken in all of
 * them at once, hence it is always the outer ones: their number, the *level*, says it all.
 *
 * @see CPython, Modules/_sre/sre_lib.h: SRE_OP_MAX_UNTIL, SRE_OP_MIN_UNTIL
 */
export interface Program {
  readonly operations: Uint8Array
  /** Of an instruction: the atom; the way to go first, or where to jump; the level of the repetition. */
  readonly first: Uint16Array
  /** The way to go second, or out of the repetition. */
  readonly second: Uint16Array
  /** Levels 0 to levels - 1: 0 where nothing was taken at all, the last where something was in all repetitions. */
  readonly levels: number
}

export const operation = {
  /** Takes one symbol that the atom `first` matches. */
  take: 0,
  /** Goes to `first`, and where that fails to `second`. */
  split: 1,
  /** Goes to `first`. */
  jump: 2,
  /** Begins a repetition of level `first`. */
  begin: 3,
  /** Ends one of level `first`: where it took nothing, goes to `second`. */
  end: 4,
  /** Found. */
  found: 5,
  /** Fails. */
  never: 6,
} as const

const maxInstructions = 2000
const maxLevels = 8

/** @throws PatternError where the program would be too large */
export function compile(pattern: Pattern<number>): Program {
  const size = sizeOf(pattern) + 1
  if (size > maxInstructions) throw new PatternError('has too many parts once its repetitions are written out')
  const deepest = nestingOf(pattern)
  if (deepest > maxLevels) {
    throw new PatternError(`repeats what may be empty ${deepest} deep in each other, more than ${maxLevels}`)
  }
  const writer = new Writer(size, deepest + 2)
  writer.write(pattern, 1)
  writer.add(operation.found)
  return writer
}

/** May it match nothing? */
function isNullable(pattern: Pattern<number>): boolean {
  switch (pattern.kind) {
    case 'atom':
    case 'never':
      return false
    case 'sequence':
      return pattern.parts.every(isNullable)
    case 'choice':
      return pattern.options.some(isNullable)
    case 'repeat':
      return pattern.least === 0 || isNullable(pattern.body)
  }
}

/** How many further times it may be repeated once it must not be any more. */
const furtherTimes = (least: number, most: number) => (most === Infinity ? 1 : most - least)

const isWatched = ({ body, least, most }: Pattern<number> & { kind: 'repeat' }) => most - least > 1 && isNullable(body)

function sizeOf(pattern: Pattern<number>): number {
  switch (pattern.kind) {
    case 'atom':
    case 'never':
      return 1
    case 'sequence':
      return pattern.parts.reduce((sum, part) => sum + sizeOf(part), 0)
    case 'choice':
      return pattern.options.reduce((sum, option) => sum + sizeOf(option) + 2, -2)
    case 'repeat': {
      const { body, least, most } = pattern
      const size = sizeOf(body)
      const further = furtherTimes(least, most) * (size + (isWatched(pattern) ? 3 : 1))
      return least * size + further + (most === Infinity ? 1 : 0)
    }
  }
}

/** How many repetitions of what may be empty are in each other. */
function nestingOf(pattern: Pattern<number>): number {
  switch (pattern.kind) {
    case 'atom':
    case 'never':
      return 0
    case 'sequence':
      return Math.max(0, ...pattern.parts.map(nestingOf))
    case 'choice':
      return Math.max(0, ...pattern.options.map(nestingOf))
    case 'repeat':
      return nestingOf(pattern.body) + (isWatched(pattern) ? 1 : 0)
  }
}

class Writer implements Program {
  readonly operations: Uint8Array
  readonly first: Uint16Array
  readonly second: Uint16Array
  #length = 0

  constructor(
    size: number,
    readonly levels: number,
  ) {
    this.operations = new Uint8Array(size)
    this.first = new Uint16Array(size)
    this.second = new Uint16Array(size)
  }

  /** @returns its number */
  add(code: number, first = 0): number {
    this.operations[this.#length] = code
    this.first[this.#length] = first
    return this.#length++
  }

  /** @param level  of a watched repetition that begins here */
  write(pattern: Pattern<number>, level: number): void {
    switch (pattern.kind) {
      case 'atom':
        this.add(operation.take, pattern.atom)
        return
      case 'never':
        this.add(operation.never)
        return
      case 'sequence':
        for (const part of pattern.parts) this.write(part, level)
        return
      case 'choice':
        this.#writeChoice(pattern.options, level)
        return
      case 'repeat':
        this.#writeRepeat(pattern, level)
    }
  }

  #writeChoice(options: readonly Pattern<number>[], level: number): void {
    const jumps: number[] = []
    for (const option of options.slice(0, -1)) {
      const split = this.add(operation.split)
      this.first[split] = this.#length
      this.write(option, level)
      jumps.push(this.add(operation.jump))
      this.second[split] = this.#length
    }
    this.write(options.at(-1)!, level)
    for (const jump of jumps) this.first[jump] = this.#length
  }

  #writeRepeat(pattern: Pattern<number> & { kind: 'repeat' }, level: number): void {
    const { body, least, most, isLazy } = pattern
    const watched = isWatched(pattern)
    for (let i = 0; i < least; i++) this.write(body, level)
    const splits: number[] = []
    const ends: number[] = []
    for (let i = 0; i < furtherTimes(least, most); i++) {
      splits.push(this.add(operation.split))
      if (watched) this.add(operation.begin, level)
      this.write(body, watched ? level + 1 : level)
      if (watched) ends.push(this.add(operation.end, level))
    }
    if (most === Infinity) this.add(operation.jump, splits[0]!)
    const after = this.#length
    for (const split of splits) {
      this.first[split] = isLazy ? after : split + 1
      this.second[split] = isLazy ? split + 1 : after
    }
    for (const end of ends) this.second[end] = after
  }
}
