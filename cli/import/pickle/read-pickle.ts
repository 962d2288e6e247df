import type { ByteSource } from '../byte-source.js'
import { Cursor } from './cursor.js'
import { Machine, type PickleLimits } from './machine.js'
import { commandOf } from './opcodes.js'
import type { Value } from './values.js'

export interface Pickled {
  readonly value: Value
  /** 0 where the pickle does not say: it is of 0 or 1. */
  readonly protocol: number
}

const stop = 0x2e

/**
 * Reads a pickle as data. What it names is looked up in a table of ours and never imported; what it calls is a function
 * of ours that makes data from data, or it is refused. This folder reads bytes and nothing else: it has no way to the
 * disk, the network or another program.
 *
 * @throws ImportError for what it names or calls beside the table, and where it is damaged or too large
 * @see Python's Lib/pickletools.py (the commands)
 */
export function readPickle(source: ByteSource, limits: PickleLimits): Pickled {
  const cursor = new Cursor(source)
  const machine = new Machine(cursor, limits)
  for (;;) {
    machine.at = cursor.offset
    const byte = cursor.byte()
    if (byte === stop) break
    const command = commandOf[byte]
    if (!command) throw machine.error(`has the unknown command 0x${byte.toString(16).padStart(2, '0')}: it is damaged.`)
    command(machine)
  }
  const value = machine.result()
  if (cursor.remaining > 0)
    throw machine.error(`ends, and ${cursor.remaining} bytes follow, perhaps further pickles. Save the model alone.`)
  return { value, protocol: machine.protocol }
}
