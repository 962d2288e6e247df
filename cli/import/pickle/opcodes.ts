/** What each command of a pickle does: protocols 0 to 5, as Python's pickletools describes them. */
import { FileBytes, HeldBytes } from './bytes.js'
import { Cursor } from './cursor.js'
import { readFloatLine, readIntegerLine, readLong } from './long-numbers.js'
import type { Machine } from './machine.js'
import { addPairs, addState, append, makeObject, reduce } from './objects.js'
import { latin1Text, readRawUnicode, readStringLiteral } from './protocol-0.js'
import { Dict, describePickled, LongText, PickledBytes, PickledSet, Tuple, type Value } from './values.js'

type Command = (machine: Machine) => void

/** From so many bytes on, a text or bytes stay in the file. */
const longBytes = 1 << 16
const maxLineBytes = 1 << 24
const maxProtocol = 5

/** A length that the file has: looked at before anything is made. */
function checked(length: number, what: string, machine: Machine): number {
  const { remaining } = machine.cursor
  if (!(length >= 0 && length <= remaining))
    throw machine.error(`claims ${what} of ${length} bytes; the file has ${remaining} more. It is damaged or cut off.`)
  return length
}

function pushText(given: number, machine: Machine): void {
  const { cursor } = machine
  const length = checked(given, 'a text', machine)
  if (length >= longBytes) {
    machine.hold(128)
    machine.push(new LongText(new FileBytes(cursor.source, cursor.offset, length)))
    cursor.skip(length)
    return
  }
  machine.hold(24 + length)
  machine.push(machine.text(cursor.take(length)))
}

function pushBytes(given: number, machine: Machine): void {
  const { cursor } = machine
  const length = checked(given, 'bytes', machine)
  machine.hold(288)
  if (length >= longBytes) {
    machine.push(new PickledBytes(new FileBytes(cursor.source, cursor.offset, length)))
    cursor.skip(length)
    return
  }
  machine.hold(length)
  machine.push(new PickledBytes(new HeldBytes(cursor.take(length).slice())))
}

/** Python 2's text of bytes, read as its documentation advises for numpy: each byte is a character. */
function pushOldString(given: number, machine: Machine): void {
  const length = checked(given, 'a string', machine)
  if (length > Cursor.maxTaken)
    throw machine.error(`has a string of Python 2 of ${length} bytes. Save the model again with Python 3.`)
  machine.hold(24 + length)
  machine.push(latin1Text(machine.cursor.take(length)))
}

function line(machine: Machine): Uint8Array {
  const bytes = machine.cursor.line(maxLineBytes)
  if (bytes) {
    machine.hold(24 + bytes.length)
    return bytes
  }
  throw machine.error(
    `has a line of more than ${maxLineBytes} bytes, or one without an end. Save the model again with protocol=4.`,
  )
}

function pushTuple(items: readonly Value[], machine: Machine): void {
  machine.hold(56 + 8 * items.length)
  machine.push(new Tuple(items))
}

function pushList(items: Value[], machine: Machine): void {
  machine.hold(48 + 8 * items.length)
  machine.push(items)
}

function take(count: number, machine: Machine): Value[] {
  const items = new Array<Value>(count)
  for (let i = count - 1; i >= 0; i--) items[i] = machine.pop()
  return items
}

function pushSet(items: Value[], machine: Machine): void {
  machine.hold(64 + 8 * items.length)
  machine.push(new PickledSet(items))
}

function stackGlobal(machine: Machine): void {
  const [module, name] = take(2, machine)
  if (typeof module !== 'string' || typeof name !== 'string')
    throw machine.error(`names something by ${describePickled(module)} and ${describePickled(name)}.`)
  machine.push(machine.global(module, name))
}

function setProtocol(machine: Machine): void {
  const protocol = machine.cursor.byte()
  if (machine.at !== 0) throw machine.error('begins anew: there is a pickle in a pickle. Import them one by one.')
  if (protocol > maxProtocol)
    throw machine.error(
      `is of protocol ${protocol}; up to ${maxProtocol} is read. Save the model again with protocol=4.`,
    )
  machine.protocol = protocol
}

const refused = (what: string, advice: string): Command => {
  return machine => {
    throw machine.error(`${what}, ${advice}`)
  }
}
const extension = refused('names a class by a number of an extension registry', 'which only its writer knows.')
const persistent = refused(
  'refers to an object that is kept elsewhere (a persistent id)',
  'so the file is not the whole model.',
)
const buffer = refused(
  'leaves an array to a buffer outside of the file',
  'so the file is not the whole model. Save it without buffer_callback.',
)

const commands: Readonly<Record<string, Command>> = {
  // The pickle itself
  '\x80': setProtocol,
  '\x95': machine => void checked(machine.cursor.uint64(), 'a frame', machine),
  '(': machine => machine.mark(),
  '0': machine => machine.drop(),
  '1': machine => void machine.popMark(),
  '2': machine => machine.push(machine.top()),
  // The memo
  p: machine => machine.put(readIntegerLine(line(machine), machine)),
  q: machine => machine.put(machine.cursor.byte()),
  r: machine => machine.put(machine.cursor.uint32()),
  '\x94': machine => machine.memoize(),
  g: machine => machine.get(readIntegerLine(line(machine), machine)),
  h: machine => machine.get(machine.cursor.byte()),
  j: machine => machine.get(machine.cursor.uint32()),
  // None, booleans, numbers
  N: machine => machine.push(null),
  '\x88': machine => machine.push(true),
  '\x89': machine => machine.push(false),
  I: machine => {
    const bytes = line(machine)
    const isBoolean = bytes.length === 2 && bytes[0] === 0x30 && (bytes[1] === 0x30 || bytes[1] === 0x31)
    machine.push(isBoolean ? bytes[1] === 0x31 : readIntegerLine(bytes, machine))
  },
  L: machine => machine.push(readIntegerLine(line(machine), machine)),
  F: machine => machine.push(readFloatLine(line(machine), machine)),
  J: machine => machine.push(machine.cursor.int32()),
  K: machine => machine.push(machine.cursor.byte()),
  M: machine => machine.push(machine.cursor.uint16()),
  G: machine => {
    machine.hold(16)
    machine.push(machine.cursor.float64())
  },
  '\x8a': machine => machine.push(readLong(machine.cursor.byte(), machine)),
  '\x8b': machine => machine.push(readLong(machine.cursor.int32(), machine)),
  // Texts and bytes
  V: machine => machine.push(readRawUnicode(line(machine), machine)),
  '\x8c': machine => pushText(machine.cursor.byte(), machine),
  X: machine => pushText(machine.cursor.uint32(), machine),
  '\x8d': machine => pushText(machine.cursor.uint64(), machine),
  S: machine => machine.push(readStringLiteral(line(machine), machine)),
  U: machine => pushOldString(machine.cursor.byte(), machine),
  T: machine => pushOldString(machine.cursor.int32(), machine),
  C: machine => pushBytes(machine.cursor.byte(), machine),
  B: machine => pushBytes(machine.cursor.uint32(), machine),
  '\x8e': machine => pushBytes(machine.cursor.uint64(), machine),
  '\x96': machine => pushBytes(machine.cursor.uint64(), machine),
  // Lists, tuples, dicts, sets
  ']': machine => pushList([], machine),
  l: machine => pushList(machine.popMark(), machine),
  a: machine => {
    const item = machine.pop()
    append(machine.top(), [item], machine)
  },
  e: machine => {
    const items = machine.popMark()
    append(machine.top(), items, machine)
  },
  ')': machine => pushTuple([], machine),
  '\x85': machine => pushTuple(take(1, machine), machine),
  '\x86': machine => pushTuple(take(2, machine), machine),
  '\x87': machine => pushTuple(take(3, machine), machine),
  t: machine => pushTuple(machine.popMark(), machine),
  '}': machine => {
    machine.hold(72)
    machine.push(new Dict())
  },
  d: machine => {
    const items = machine.popMark()
    machine.hold(72)
    machine.push(new Dict())
    addPairs(machine.top(), items, machine)
  },
  s: machine => {
    const pair = take(2, machine)
    addPairs(machine.top(), pair, machine)
  },
  u: machine => {
    const items = machine.popMark()
    addPairs(machine.top(), items, machine)
  },
  '\x8f': machine => pushSet([], machine),
  '\x91': machine => pushSet(machine.popMark(), machine),
  '\x90': machine => {
    const items = machine.popMark()
    const set = machine.top()
    if (!(set instanceof PickledSet)) throw machine.error(`adds members to ${describePickled(set)}.`)
    append(set.items, items, machine)
  },
  // Names, objects
  c: machine => {
    const module = machine.nameLine()
    machine.push(machine.global(module, machine.nameLine()))
  },
  '\x93': stackGlobal,
  i: machine => {
    const module = machine.nameLine()
    const type = machine.global(module, machine.nameLine())
    machine.push(makeObject(type, machine.popMark(), machine))
  },
  o: machine => {
    const [type, ...args] = machine.popMark()
    machine.push(makeObject(type, args, machine))
  },
  '\x81': machine => {
    const [type, args] = take(2, machine)
    machine.push(makeObject(type, args, machine))
  },
  '\x92': machine => {
    const [type, args] = take(3, machine)
    machine.push(makeObject(type, args, machine))
  },
  R: machine => {
    const [callee, args] = take(2, machine)
    machine.push(reduce(callee, args, machine))
  },
  b: machine => {
    const state = machine.pop()
    addState(machine.top(), state, machine)
  },
  // What is not in the file
  P: persistent,
  Q: persistent,
  '\x82': extension,
  '\x83': extension,
  '\x84': extension,
  '\x97': buffer,
  '\x98': buffer,
}

/** By the byte that it is written as. */
export const commandOf: readonly (Command | undefined)[] = Array.from({ length: 256 }, (_, byte) =>
  Object.hasOwn(commands, String.fromCharCode(byte)) ? commands[String.fromCharCode(byte)] : undefined,
)
