import type { HostError } from '../errors.js'
import { alone } from './alone.js'
import type { BatchAnswer } from './ask-model.js'

/** A batch that was accepted with 202. */
export interface Accepted {
  /** Of its body. */
  readonly hash: string
  readonly sinceMs: number
  /** Undefined while it runs, and once it is no longer kept. */
  outcome: { readonly error: HostError } | { readonly answer: BatchAnswer } | undefined
  state: 'running' | 'done' | 'gone'
  /** Has it been asked for? Its answer may still be lost on its way. */
  isFetched: boolean
  /** What is held for it. */
  bytes: number
}

export interface ResultsOptions {
  readonly maxBytes: number
  /** What one may have. */
  readonly batchBytes: number
  readonly now?: () => number
}

const hasFailed = ({ outcome }: Accepted) => outcome !== undefined && 'error' in outcome

/** Snowflake asks for 10 minutes: so long, and some more, nothing is dropped that was not fetched. */
const promisedMs = 15 * 60_000
/** As Snowflake recommends. */
const keptMs = 12 * 3_600_000
const maxBatches = 10_000

/**
 * The answers of batches that were accepted with 202, until Snowflake asks for them. Room for the largest answer is taken when
 * a batch is accepted, so that none is accepted and then lost for want of it.
 *
 * A poll has no body: it names its batch by path and id alone. So while a batch is known, none with another body is accepted
 * under its id, and nobody is given rows that are not theirs.
 */
export class Results {
  readonly #accepted = new Map<string, Accepted>()
  readonly #now: () => number
  #bytes = 0

  constructor(private readonly options: ResultsOptions) {
    this.#now = options.now ?? (() => performance.now())
  }

  /** Bytes that are held, or kept free for what runs. */
  get heldBytes(): number {
    return this.#bytes
  }

  /**
   * @param place  path and id
   * @returns the batch, accepted now or before; undefined where it cannot be
   */
  accept(place: string, hash: string): Accepted | undefined {
    this.#forget()
    const known = this.#accepted.get(place)
    if (known && known.hash !== hash) return undefined
    // One that failed is another try now.
    if (known && known.state !== 'gone' && !hasFailed(known)) return known
    const { batchBytes } = this.options
    if (!this.#makeRoom(batchBytes)) return undefined
    this.#accepted.delete(place)
    const accepted: Accepted = {
      hash,
      sinceMs: this.#now(),
      outcome: undefined,
      state: 'running',
      isFetched: false,
      bytes: batchBytes,
    }
    this.#accepted.set(place, accepted)
    this.#bytes += batchBytes
    return accepted
  }

  /** Keeps what came of a batch. */
  settle(accepted: Accepted, error: HostError | undefined, answer: BatchAnswer | undefined): void {
    if (accepted.state !== 'running') return
    accepted.state = 'done'
    // It may be a part of a buffer that others share, and what is kept is what is counted.
    accepted.outcome = error ? { error } : { answer: { ...answer!, body: alone(answer!.body) } }
    this.#hold(accepted, answer?.body.byteLength ?? 0)
  }

  /** @returns undefined where no such batch was accepted, or its answer is no longer kept */
  find(place: string): Accepted | undefined {
    this.#forget()
    const accepted = this.#accepted.get(place)
    return accepted?.state === 'gone' ? undefined : accepted
  }

  #makeRoom(bytes: number): boolean {
    const isFull = () => this.#bytes + bytes > this.options.maxBytes
    const mayGo: readonly ((accepted: Accepted) => boolean)[] = [
      ({ isFetched }) => isFetched,
      ({ sinceMs }) => sinceMs + promisedMs < this.#now(),
    ]
    for (const may of mayGo) {
      for (const accepted of this.#accepted.values()) {
        if (!isFull()) break
        if (accepted.state === 'done' && may(accepted)) this.#drop(accepted)
      }
    }
    if (isFull()) return false
    if (this.#accepted.size < maxBatches) return true
    for (const [place, { state }] of this.#accepted) {
      if (state === 'gone') return this.#accepted.delete(place)
    }
    return false
  }

  /** Its id stays known, so that no other batch is taken for it. */
  #drop(accepted: Accepted): void {
    accepted.state = 'gone'
    accepted.outcome = undefined
    this.#hold(accepted, 0)
  }

  #hold(accepted: Accepted, bytes: number): void {
    this.#bytes += bytes - accepted.bytes
    accepted.bytes = bytes
  }

  /** The oldest come first. */
  #forget(): void {
    const oldestMs = this.#now() - keptMs
    for (const [place, accepted] of this.#accepted) {
      if (accepted.sinceMs > oldestMs) return
      if (accepted.state === 'running') continue
      this.#drop(accepted)
      this.#accepted.delete(place)
    }
  }
}
