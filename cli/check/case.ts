import type { Container } from './container.js'

/** `must`: the contract's letter. `should`: documented behaviour of the platform's servers, or a known complaint. */
export type Level = 'must' | 'should'

/** What a case cannot be judged without. */
export type Need =
  /** The path of an artifact. */
  | 'model'
  /** A request that it answers. */
  | 'request'
  /** The path of a second artifact. */
  | 'other'
  /** The path of a broken one. */
  | 'broken'
  /** Leave to fill the server. */
  | 'fill'

export interface CheckCase {
  /** Kebab case, and as it is for ever: reports of different versions are compared by it. */
  readonly id: string
  /** A sentence: what must be. */
  readonly title: string
  readonly level: Level
  /** What goes wrong on the platform where it is not so. */
  readonly why: string
  /** The page of AWS, or the report or file of another server, that it comes from. */
  readonly source: string
  readonly needs: readonly Need[]
  /**
   * @throws Fault   where it is not so
   * @throws NotRun  where this server cannot be judged
   */
  run(container: Container): Promise<void>
}

export interface Theme {
  readonly name: string
  readonly cases: readonly CheckCase[]
}

/** The cases that show that what is given for a need is of use; others are not run where one failed. */
export const proofs: Partial<Readonly<Record<Need, readonly string[]>>> = {
  model: ['load-200'],
  request: ['invoke-200', 'invocations-200'],
}

export const missing: Readonly<Record<Need, string>> = {
  model: 'no --model-url is given',
  request: 'no --request is given',
  other: 'no --other-url is given',
  broken: 'no --broken-url is given',
  fill: 'no --fill is given',
}
