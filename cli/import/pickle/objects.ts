/** Commands that make, call and fill objects. Nothing is called but functions of ours that make data from data. */
import type { Machine } from './machine.js'
import { NumpyArray, NumpyType } from './numpy.js'
import { fillArray, fillType } from './numpy-calls.js'
import { Dict, describePickled, Global, Instance, PickledSet, Tuple, type Value } from './values.js'

/** An array that is added to takes place for some seventeen values at once. */
const firstGrowth = 136

/** Adds to a list. */
export function append(list: Value, items: readonly Value[], machine: Machine): void {
  if (!Array.isArray(list)) throw machine.error(`adds items to ${describePickled(list)}.`)
  machine.hold(8 * items.length + (list.length === 0 ? firstGrowth : 0))
  for (const item of items) list.push(item)
}

/** Adds keys and values in turn to a dict. */
export function addPairs(dict: Value, items: readonly Value[], machine: Machine): void {
  if (!(dict instanceof Dict)) throw machine.error(`sets keys of ${describePickled(dict)}.`)
  if (items.length % 2 !== 0) throw machine.error('has a key without a value.')
  machine.hold(10 * items.length + (dict.size === 0 ? firstGrowth : 0))
  for (let i = 0; i < items.length; i += 2) {
    const key = items[i]!
    if (Array.isArray(key) || key instanceof Dict || key instanceof PickledSet || key instanceof NumpyArray)
      throw machine.error(`has ${describePickled(key)} as a key.`)
    dict.set(key, items[i + 1]!)
  }
}

/** An object of a class, as a record. @param args  in one value or a list of them */
export function makeObject(type: Value | undefined, args: Value | undefined, machine: Machine): Instance {
  if (!(type instanceof Global) || (type.rule.kind !== 'record' && type.rule.kind !== 'opaque'))
    throw machine.error(`makes an object of ${describePickled(type)}, which is no class of a model.`)
  machine.hold(96)
  return new Instance(type, args instanceof Tuple ? args.items : Array.isArray(args) ? args : [])
}

/** A call, where it is one that makes data from data. */
export function reduce(callee: Value | undefined, args: Value | undefined, machine: Machine): Value {
  if (!(callee instanceof Global) || callee.rule.kind === 'name')
    throw machine.error(`calls ${describePickled(callee)}. Nothing of it was run.`)
  if (!(args instanceof Tuple)) throw machine.error(`calls ${callee.path} with ${describePickled(args)}.`)
  return callee.rule.kind === 'make' ? callee.rule.make(args.items, machine) : makeObject(callee, args, machine)
}

/** Gives an object its state: attributes as they are, no `__setstate__` is looked for. */
export function addState(target: Value, state: Value, machine: Machine): void {
  if (target instanceof NumpyArray) fillArray(target, state, machine)
  else if (target instanceof NumpyType) fillType(target, state, machine)
  else if (target instanceof Instance) addAttributes(target, state, machine)
  else throw machine.error(`gives a state to ${describePickled(target)}.`)
}

const maxStates = 4

function addAttributes(target: Instance, state: Value, machine: Machine): void {
  if (target.type.rule.kind === 'opaque') return
  // With slots it is a pair: the attributes, and those in slots.
  const parts = state instanceof Tuple && state.items.length === 2 ? state.items : [state]
  for (const part of parts) {
    if (part === null) continue
    if (!(part instanceof Dict))
      throw machine.error(`gives ${describePickled(target)} the state ${describePickled(part)}.`)
    // An attribute is looked for in all of them, for each of a million words.
    if (target.states === maxStates)
      throw machine.error(`gives ${describePickled(target)} more than ${maxStates} states; writers give it one or two.`)
    machine.hold(firstGrowth)
    target.addState(part)
  }
}
