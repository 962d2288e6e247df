import { ImportError } from '../import-error.js'
import type { Cursor } from './cursor.js'
import { findRule } from './globals.js'
import { quoted } from './quoted.js'
import { Global, type Value } from './values.js'

/** How much one pickle may be. */
export interface PickleLimits {
  /** Bytes of memory that its objects may take, by a rough count; numbers of arrays stay in the file and do not count. */
  readonly maxObjectBytes: number
}

const maxDepth = 2_000_000
/** A place in the memo is at most so far beyond how many were used: writers number them one by one. */
const memoSlack = 1024
const maxNameBytes = 1024

/** What a pickle's commands work on: a stack with marks, a memo, and a count of what is held. */
export class Machine {
  /** Where the command that is being done begins. */
  at = 0
  protocol = 0
  readonly #stack: Value[] = []
  /** Where in the stack each open mark is. */
  readonly #marks: number[] = []
  readonly #memo: (Value | undefined)[] = []
  #memoized = 0
  #held = 0

  constructor(
    readonly cursor: Cursor,
    private readonly limits: PickleLimits,
  ) {}

  /** @param problem  ends the sentence "at byte 5 its pickle ..." */
  error(problem: string): ImportError {
    return new ImportError(`at byte ${this.at} its pickle ${problem}`)
  }

  /** Counts memory. */
  hold(bytes: number): void {
    this.#held += bytes
    if (this.#held > this.limits.maxObjectBytes)
      throw this.error(
        `holds so many objects that they would take more than ${this.limits.maxObjectBytes} bytes of memory. ` +
          'If you trust it, give Node more: NODE_OPTIONS=--max-old-space-size=16000.',
      )
  }

  push(value: Value): void {
    if (this.#stack.length >= maxDepth) throw this.error(`piles up more than ${maxDepth} values.`)
    this.#stack.push(value)
  }

  pop(): Value {
    if (this.#stack.length <= this.#floor) throw this.#damaged('takes a value where there is none')
    return this.#stack.pop()!
  }

  top(): Value {
    if (this.#stack.length <= this.#floor) throw this.#damaged('asks for a value where there is none')
    return this.#stack[this.#stack.length - 1]!
  }

  replaceTop(value: Value): void {
    this.pop()
    this.#stack.push(value)
  }

  mark(): void {
    if (this.#marks.length >= maxDepth) throw this.error(`opens more than ${maxDepth} marks.`)
    this.#marks.push(this.#stack.length)
  }

  /** The values above the last mark, which is gone then. */
  popMark(): Value[] {
    const mark = this.#marks.pop()
    if (mark === undefined) throw this.#damaged('ends a list that it has not begun')
    return this.#stack.splice(mark)
  }

  /** Takes away the top value, or the last mark where nothing is above it. */
  drop(): void {
    if (this.#stack.length > this.#floor) this.#stack.pop()
    else this.popMark()
  }

  put(index: number): void {
    if (!(index >= 0 && index <= this.#memoized * 4 + memoSlack))
      throw this.#damaged(`remembers a value as number ${index}, where ${this.#memoized} are remembered`)
    this.hold(16)
    this.#memo[index] = this.top()
    this.#memoized++
  }

  /** Remembers the top value under the next number. */
  memoize(): void {
    this.put(this.#memoized)
  }

  get(index: number): void {
    const value = this.#memo[index]
    if (value === undefined) throw this.#damaged(`asks for value number ${index}, which it has not remembered`)
    this.push(value)
  }

  /** What is left at the end. */
  result(): Value {
    const value = this.pop()
    if (this.#stack.length > 0 || this.#marks.length > 0) throw this.#damaged('ends with values left over')
    return value
  }

  /** The name of a class or function. @throws ImportError for any that no model needs */
  global(module: string, name: string): Global {
    const rule = findRule(module, name)
    if (rule) {
      this.hold(96 + module.length + name.length)
      return new Global(`${module}.${name}`, rule)
    }
    const path = quoted(`${module}.${name}`)
    throw this.error(
      `names ${path}, which no model of pke or gensim needs. Nothing of it was run. ` +
        'If the file is not from you, it may be hostile: do not open it with Python. If it is, see docs/importing.md for other ways.',
    )
  }

  /** The next line, for a name. */
  nameLine(): string {
    const line = this.cursor.line(maxNameBytes)
    if (!line) throw this.#damaged('has a name without an end')
    return this.text(line)
  }

  text(utf8: Uint8Array): string {
    const text = decodeText(utf8)
    if (text === undefined) throw this.error('has a text that is not UTF-8.')
    return text
  }

  #damaged(problem: string): ImportError {
    return this.error(`${problem}: it is damaged.`)
  }

  get #floor(): number {
    return this.#marks.length === 0 ? 0 : this.#marks[this.#marks.length - 1]!
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const maxPlain = 48

function decodeText(utf8: Uint8Array): string | undefined {
  // Words are short, and many: a decoder costs more than they do.
  if (utf8.length <= maxPlain && isPlain(utf8)) return String.fromCharCode.apply(null, utf8 as never)
  try {
    return decoder.decode(utf8)
  } catch {
    return undefined
  }
}

function isPlain(utf8: Uint8Array): boolean {
  for (let i = 0; i < utf8.length; i++) if (utf8[i]! >= 0x80) return false
  return true
}
