import { fail, type HostError } from '../errors.js'

const mark = Symbol('replaced')

/** What a fetch throws where the target is another one now than `find` found: find it again, and fetch that. */
export function replaced(store: string, target: string): HostError {
  const problem = `"${target}" was replaced while it was fetched`
  return Object.assign(fail('STORE_UNAVAILABLE', { store, problem }), { [mark]: true })
}

export function isReplaced(error: unknown): boolean {
  return typeof error === 'object' && error !== null && mark in error
}
