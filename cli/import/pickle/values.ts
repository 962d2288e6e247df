import type { Bytes } from './bytes.js'
import type { GlobalRule } from './globals.js'
import type { NumpyArray, NumpyType } from './numpy.js'
import { quoted } from './quoted.js'

/**
 * What a pickle holds, as data: a list is an array, a dict a `Dict`, an object a record of its class's name and its
 * attributes. There are no classes behind them, and nothing has a prototype that a key could reach.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | LongText
  | PickledBytes
  | Value[]
  | Tuple
  | Dict
  | PickledSet
  | Global
  | Instance
  | NumpyType
  | NumpyArray

/** Python's bytes and bytearray. */
export class PickledBytes {
  constructor(readonly bytes: Bytes) {}
}

/** A text so long that it stays in the file: nobody's word. */
export class LongText {
  constructor(readonly utf8: Bytes) {}
}

export class Tuple {
  constructor(readonly items: readonly Value[]) {}
}

export class PickledSet {
  constructor(readonly items: Value[] = []) {}
}

/** The name of a class or a function that is known; nothing more than the name. */
export class Global {
  constructor(
    readonly path: string,
    readonly rule: GlobalRule,
  ) {}
}

/** An object: the name of its class, and what was said of it. */
export class Instance {
  readonly #states: Dict[] = []

  constructor(
    readonly type: Global,
    readonly args: readonly Value[],
  ) {}

  get states(): number {
    return this.#states.length
  }

  addState(state: Dict): void {
    this.#states.push(state)
  }

  /** undefined where it has no such attribute. */
  attribute(name: string): Value | undefined {
    for (let i = this.#states.length - 1; i >= 0; i--) {
      const value = this.#states[i]!.get(name)
      if (value !== undefined) return value
    }
    return undefined
  }
}

/** Up to so many pairs are searched one by one: objects have few attributes, and a Map takes far more memory. */
const maxSearched = 16

export class Dict {
  /** Key, value, key, value; of equal keys the last counts. */
  readonly #pairs: Value[] = []
  #map: Map<Value, Value> | undefined

  get size(): number {
    return this.#pairs.length / 2
  }

  set(key: Value, value: Value): void {
    this.#pairs.push(key, value)
    this.#map = undefined
  }

  get(key: Value): Value | undefined {
    if (this.size > maxSearched) {
      this.#map ??= new Map(this.entries())
      return this.#map.get(key)
    }
    for (let i = this.#pairs.length - 2; i >= 0; i -= 2) if (this.#pairs[i] === key) return this.#pairs[i + 1]
    return undefined
  }

  *entries(): Generator<[Value, Value]> {
    for (let i = 0; i < this.#pairs.length; i += 2) yield [this.#pairs[i]!, this.#pairs[i + 1]!]
  }
}

/** What a value is, without a look into it: it may hold itself. */
export function describePickled(value: Value | undefined): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'None'
  if (typeof value === 'string') return value.length > 60 ? 'a text' : `the text ${quoted(value)}`
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number' || typeof value === 'bigint') return `the number ${String(value).slice(0, 30)}`
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (value instanceof Tuple) return `a tuple of ${value.items.length}`
  if (value instanceof Dict) return `a dict of ${value.size}`
  if (value instanceof Instance) return `an object of ${value.type.path}`
  if (value instanceof Global) return `the name ${value.path}`
  if (value instanceof LongText) return 'a long text'
  if (value instanceof PickledSet) return `a set of ${value.items.length}`
  return value instanceof PickledBytes ? 'bytes' : value.describe()
}
