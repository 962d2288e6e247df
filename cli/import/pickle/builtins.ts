/** Python's own, as far as models need them: data from data. */
import { HeldBytes, Latin1Bytes } from './bytes.js'
import type { Machine } from './machine.js'
import { Dict, describePickled, Global, Instance, LongText, PickledBytes, PickledSet, type Value } from './values.js'

const encoder = new TextEncoder()

function latin1(text: Value | undefined, machine: Machine): PickledBytes {
  if (text instanceof LongText) return new PickledBytes(new Latin1Bytes(text.utf8))
  if (typeof text === 'string') {
    machine.hold(64 + text.length)
    return new PickledBytes(held(new Latin1Bytes(new HeldBytes(encoder.encode(text)))))
  }
  throw machine.error(`makes bytes of ${describePickled(text)}.`)
}

/** A short text's bytes, checked at once. */
function held(bytes: Latin1Bytes): HeldBytes {
  const parts = Array.from(bytes.chunks(), chunk => chunk.slice())
  return new HeldBytes(parts[0] ?? new Uint8Array(0))
}

const latin1Names = ['latin1', 'latin-1', 'iso-8859-1']

/** `_codecs.encode(text, 'latin1')`: how protocols 0 to 2 write bytes. */
export function codecsEncode([text, encoding]: readonly Value[], machine: Machine): PickledBytes {
  if (typeof encoding !== 'string' || !latin1Names.includes(encoding))
    throw machine.error(`encodes a text as ${describePickled(encoding)}; bytes are written as "latin1".`)
  return latin1(text, machine)
}

/** `bytes()`, `bytearray(b'..')`, `bytearray('..', 'latin1')`. Never of a number, which would be a length. */
export function bytesOf(args: readonly Value[], machine: Machine): PickledBytes {
  const [content, encoding] = args
  if (args.length === 0) return new PickledBytes(new HeldBytes(new Uint8Array(0)))
  if (args.length === 1 && content instanceof PickledBytes) return content
  if (args.length === 2) return codecsEncode([content!, encoding!], machine)
  throw machine.error(`makes bytes of ${describePickled(content)}.`)
}

/** `set([..])` and `frozenset([..])`. */
export function frozenSet(args: readonly Value[], machine: Machine): PickledSet {
  const [items = []] = args
  if (args.length > 1 || !Array.isArray(items)) throw machine.error(`makes a set of ${describePickled(items)}.`)
  machine.hold(48 + 8 * items.length)
  return new PickledSet([...items])
}

/** `dict()`, `OrderedDict()`, `defaultdict(int)`; what is in them is said later. */
export function makeDict(args: readonly Value[], machine: Machine): Dict {
  const [factory] = args
  if (args.length > 1 || (factory !== undefined && factory !== null && !(factory instanceof Global)))
    throw machine.error(`makes a dict of ${describePickled(factory)}.`)
  machine.hold(72)
  return new Dict()
}

/** `copyreg._reconstructor(class, object, None)`: how protocols 0 and 1 make an object; a named tuple has `tuple`. */
export function reconstructor([type, base]: readonly Value[], machine: Machine): Instance {
  const isObject = base instanceof Global && /\.(object|tuple)$/.test(base.path)
  if (!(type instanceof Global) || type.rule.kind === 'make' || type.rule.kind === 'name' || !isObject)
    throw machine.error(`makes an object of ${describePickled(type)}.`)
  machine.hold(96)
  return new Instance(type, [])
}
