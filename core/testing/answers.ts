/** Are two answers the same, and where not? And does an answer survive JSON? */
import { describeValue } from '../words.js'

/**
 * @param tolerance  by how much a number may differ: absolutely up to 1, above in proportion to it
 * @returns where and how they differ, as a sentence; undefined where they do not
 */
export function findDifference(came: unknown, expected: unknown, tolerance = 0, path = 'answer'): string | undefined {
  if (Object.is(came, expected)) return undefined
  const differ = () => `${path} is ${describeLong(came)}, not ${describeLong(expected)}`
  if (typeof came === 'number' && typeof expected === 'number') {
    return Math.abs(came - expected) <= tolerance * Math.max(1, Math.abs(expected)) ? undefined : differ()
  }
  if (!isContainer(came) || !isContainer(expected) || Array.isArray(came) !== Array.isArray(expected)) return differ()
  if (Array.isArray(came) && Array.isArray(expected) && came.length !== expected.length) {
    return `${path} has ${came.length} entries, not ${expected.length}`
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(came)])) {
    const at = Array.isArray(came) ? `${path}[${key}]` : `${path}.${key}`
    if (!Object.hasOwn(came, key)) return `${at} is missing`
    if (!Object.hasOwn(expected, key)) return `${at} was not expected`
    const difference = findDifference(came[key], expected[key], tolerance, at)
    if (difference !== undefined) return difference
  }
  return undefined
}

type Container = Readonly<Record<string, unknown>>
const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null

/** Short values as they are, others by their kind. */
function describeLong(value: unknown): string {
  const json = isContainer(value) ? JSON.stringify(value) : undefined
  return json !== undefined && json.length <= 200 ? json : describeValue(value)
}

/** @returns what of an answer would be another after JSON, as a sentence; undefined where nothing is */
export function findJsonLoss(value: unknown, path = 'answer', above: readonly unknown[] = []): string | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : `${path} is ${value}, which JSON writes as null`
  }
  if (value === undefined)
    return `${path} is undefined, which JSON writes as null or leaves out; answer null, or leave it out`
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') {
    return `${path} is a ${typeof value}, for which JSON has no word`
  }
  if (!isContainer(value)) return undefined
  if (above.includes(value)) return `${path} has itself in it`
  if (above.length > 1000) return `${path} is nested too deeply`
  const within = [...above, value]
  if (Array.isArray(value)) {
    // By index: a list has a hole where nothing was put.
    for (let i = 0; i < value.length; i++) {
      const loss = findJsonLoss(value[i], `${path}[${i}]`, within)
      if (loss !== undefined) return loss
    }
    return undefined
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null && !isPlainElsewhere(prototype)) {
    const kind = value.constructor?.name ?? 'object of another kind'
    return `${path} is a ${kind}, which JSON does not give back${ArrayBuffer.isView(value) ? '; use Array.from' : ''}`
  }
  for (const [key, property] of Object.entries(value)) {
    const loss = findJsonLoss(property, `${path}.${key}`, within)
    if (loss !== undefined) return loss
  }
  return undefined
}

/** `Object.prototype` of another context, such as that of a test runner. */
const isPlainElsewhere = (prototype: object) =>
  Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty')
