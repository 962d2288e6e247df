/** What `testPlugin` checks, in order, and how a check fails. */
import { describeError, isHostError } from '../errors.js'
import { describeValue } from '../words.js'

interface Check {
  readonly title: string
  /** What holds where it passes. */
  readonly expected: string
  /** How to mend what it finds. */
  readonly advice: string
}

const check = (title: string, expected: string, advice: string): Check => ({ title, expected, advice })

/** By name, in the order in which they are made. `docs/testing.md` says more of each. */
export const checks = {
  fields: check(
    'its fields are what the door takes',
    'the fields of definePlugin',
    'Write the object with definePlugin, whose types know the fields.',
  ),
  schemas: check(
    'its schemas are sound',
    'bounds that some value fits, defaults that fit their schema, patterns that compile',
    'Mend the schema that is named.',
  ),
  artifact: check(
    'its artifact can be read',
    'a folder with <prefix>-params.json for this plugin, and the files that it needs',
    'Train the artifact again, name another folder as "artifact", or mend the file that is named.',
  ),
  load: check('the artifact loads', 'a model from load', 'Debug load with this artifact; it runs in this thread here.'),
  requests: check(
    'each example is a request',
    'instances of the request schema',
    'Mend the example, or the request schema.',
  ),
  answers: check(
    'each example is answered as it should be',
    'the response of the example, or one that fits the response schema',
    'Mend predict, the response schema, or the example; give "tolerance" where numbers may differ a little.',
  ),
  json: check(
    'answers survive JSON',
    'plain data: what JSON.parse(JSON.stringify(answer)) gives back',
    'Answer plain objects, lists, strings, finite numbers, booleans and null.',
  ),
  artifactExamples: check(
    'the examples in its params file are answered',
    'requests of the plugin, and answers that fit the response schema',
    'Mend "examples" in the params file: the host warms a model up with them.',
  ),
  order: check(
    'the answer to an example does not depend on what was asked before',
    'the same answer in another order, and a second time',
    'Keep nothing between predictions: no counters, caches or random numbers; fill scratch anew each time.',
  ),
  batch: check(
    'predict and predictBatch answer alike',
    'the same answers, one by one and together',
    'Let predictBatch answer each instance as predict does.',
  ),
  list: check(
    'examples in one list are answered as one by one',
    'the same answers in {"instances": [...]}',
    'Let no instance of a list change what another is answered.',
  ),
  csv: check(
    'examples as rows of CSV are answered as in JSON',
    'the same answers to the same instances',
    'Mend decode["text/csv"], or what predict does with properties that a row leaves out.',
  ),
  others: check(
    'two models are not mixed up',
    'the answers that a model has by itself, and other ones by the other model',
    'Keep nothing of a model at module level, such as a cache by text alone: keep it in what load returns. Or give an otherArtifact that answers otherwise.',
  ),
  image: check(
    'the image is never written to',
    'the bytes of the artifact and its assets as they were read',
    'Copy what you change; write only to artifact.scratch and to memory of your own.',
  ),
  unload: check('unload ends without an error', 'nothing thrown', 'Let unload free what load took, and throw nothing.'),
  memory: check(
    'memory is given back after unload',
    'a model and an image that nothing holds any more',
    'Something outlives the model: a Map, list or cache at module level, a timer, or a listener. Remove the model there in unload, or use a WeakMap or WeakRef.',
  ),
  train: check(
    'train makes an artifact that loads',
    'an artifact whose model answers each example by the response schema',
    'Run it by hand: modelhost train <Plugin> --plugin . --train FILE --output DIR.',
  ),
  trainAgain: check(
    'train makes the same artifact when it runs again',
    'the same bytes in each file',
    'Draw random numbers from a seed that is a param, and write no times; or say isDeterministic: false.',
  ),
  module: check(
    'its module is found for the lanes of a host',
    'a module whose default export is this plugin',
    "Give option module: import.meta.resolve('../src/index.js'), the file that the test imports the plugin from; or module: false to leave out what needs a host.",
  ),
  host: check(
    'a host loads it',
    'the model loaded in a lane of a host',
    'Import in the plugin what it needs: a lane is a thread of its own, without what the test has set up.',
  ),
  lanes: check(
    'every lane gives the same answers',
    'the answer that it has in this thread',
    'Let answers depend on the artifact, params and request alone: on no thread, time, random number or environment.',
  ),
  reload: check(
    'answers are the same after unload and load',
    'the answer that it had before',
    'Let load make the same model from the same artifact, whatever was loaded before.',
  ),
  sharedImage: check(
    'the image is never written to in lanes',
    'the bytes of the artifact and its assets as the host has read them',
    'Copy what you change; write only to artifact.scratch and to memory of your own: all lanes share the image.',
  ),
  hostile: check(
    'bodies of every wrong kind are refused',
    'a status below 500, and answers that fit the response schema where the body fits the request schema',
    "Narrow the request schema (maxLength, minimum, maxItems; of several forms, additionalProperties: false), or throw fail('REQUEST_INVALID', { problem }).",
  ),
  afterwards: check(
    'examples are answered as before after such bodies',
    'the answer that it had before',
    'A failed prediction must leave nothing behind, in the model or in scratch.',
  ),
  ledger: check(
    'a host has all its bytes back after unload',
    'nothing on the ledger of the host',
    'Report it: this is the host’s own bookkeeping.',
  ),
  growth: check(
    'the heap of a lane does not grow over loads and unloads',
    'as much heap after each unload as after the one before',
    'Something in the lane outlives each model: a Map, list or cache at module level, a timer, or a listener. Clear it in unload.',
  ),
} as const satisfies Record<string, Check>

export type CheckName = keyof typeof checks

/** What a check found. */
export class Finding extends Error {
  constructor(
    readonly came: string,
    readonly expected?: string,
    options?: ErrorOptions,
  ) {
    super(came, options)
  }
}

/** Makes checks of one plugin, and keeps what passed. */
export class Checklist {
  readonly passed: string[] = []

  constructor(private readonly plugin: string) {}

  /**
   * @param body  does the check; throws a `Finding`, or whatever went wrong
   * @throws Error that says plugin, check, what was expected, what came, and what to do
   */
  async make<T>(name: CheckName, body: () => T | Promise<T>): Promise<T> {
    const { title, expected, advice } = checks[name]
    // A process that a plugin ends says nothing by itself.
    const onExit = () => process.stderr.write(`Plugin ${this.plugin}: ${title}: the process was ended meanwhile.\n`)
    process.once('exit', onExit)
    try {
      const result = await body()
      this.passed.push(title)
      return result
    } catch (error) {
      const finding = error instanceof Finding ? error : undefined
      const lines = [
        `Plugin ${this.plugin}: ${title}: failed`,
        `  expected:   ${finding?.expected ?? expected}`,
        `  came:       ${finding?.came ?? describeThrown(error)}`,
        `  what to do: ${advice}`,
      ]
      throw new Error(lines.join('\n'), { cause: finding?.cause ?? error })
    } finally {
      process.off('exit', onExit)
    }
  }
}

const describeThrown = (error: unknown): string =>
  error instanceof Error || isHostError(error)
    ? describeError(error)
    : `${describeValue(error)} was thrown, which is no Error: it has no stack, and a log has no more than this`
