/** All cases, in the order in which they are run. */
import type { Theme } from '../case.js'
import { connections } from './connections.js'
import { errors } from './errors.js'
import { health } from './health.js'
import { invoke } from './invoke.js'
import { list } from './list.js'
import { load } from './load.js'
import { names } from './names.js'
import { room } from './room.js'
import { single } from './single.js'
import { together } from './together.js'
import { unload } from './unload.js'

/** Before any load, then loads; the proofs of a need stand before what has it. */
export const multiThemes: readonly Theme[] = [
  health,
  list,
  load,
  invoke,
  names,
  unload,
  together,
  errors,
  connections,
  room,
]

const sharedCases = new Set(['ping-200', 'ping-text-agrees', 'path-unknown-404', 'connections-accepted', 'keep-alive'])

/** A container with one model: what it has in common with one of many, and its own. */
export const singleThemes: readonly Theme[] = [
  ...multiThemes.map(({ name, cases }) => ({ name, cases: cases.filter(({ id }) => sharedCases.has(id)) })),
  single,
].filter(({ cases }) => cases.length > 0)
