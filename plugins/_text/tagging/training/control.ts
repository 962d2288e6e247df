/** Numbers by their place in the shared memory, and two lists behind them: of each thread, and three numbers of each run. */
const nextRun = 0
const learned = 1
const call = 2
const firstTicket = 3

/** What all threads are called to do. */
export const calls = { goOn: 0, rest: 1, end: 2 } as const

const untaken = 0
const finished = -1

/** What the threads of a training tell each other, in memory that all of them see. */
export class Control {
  readonly #numbers: Int32Array
  readonly #firstRun: number

  constructor(
    readonly shared: SharedArrayBuffer,
    threads: number,
    readonly runs: number,
  ) {
    this.#numbers = new Int32Array(shared)
    this.#firstRun = firstTicket + threads
  }

  static create(threads: number, runs: number, epochs: number): Control {
    const control = new Control(new SharedArrayBuffer(4 * (firstTicket + threads + 3 * runs)), threads, runs)
    for (let run = 0; run < runs; run++) control.plan(run, epochs)
    return control
  }

  /** Sentences that were learned from, by all threads and those of an earlier training. */
  get learned(): number {
    return Atomics.load(this.#numbers, learned)
  }

  addLearned(count: number): void {
    Atomics.add(this.#numbers, learned, count)
  }

  get call(): number {
    return Atomics.load(this.#numbers, call)
  }

  set call(what: number) {
    Atomics.store(this.#numbers, call, what)
  }

  /** Has a thread wait, after it asked for its ticket, until it is released. */
  ticketOf(thread: number): number {
    return Atomics.load(this.#numbers, firstTicket + thread)
  }

  wait(thread: number, ticket: number): void {
    Atomics.wait(this.#numbers, firstTicket + thread, ticket)
  }

  release(thread: number): void {
    Atomics.add(this.#numbers, firstTicket + thread, 1)
    Atomics.notify(this.#numbers, firstTicket + thread)
  }

  /** The next run that nobody has. Once it is time to end, only the first one: something is to be learned. */
  take(thread: number): number | undefined {
    for (;;) {
      const run = Atomics.add(this.#numbers, nextRun, 1)
      if (run >= this.runs || (run > 0 && this.call === calls.end)) return undefined
      if (this.isFinished(run)) continue
      Atomics.store(this.#numbers, this.#placeOf(run) + 2, thread + 1)
      return run
    }
  }

  /** Epochs that a run is to make. */
  planned(run: number): number {
    return Atomics.load(this.#numbers, this.#placeOf(run))
  }

  plan(run: number, epochs: number): void {
    Atomics.store(this.#numbers, this.#placeOf(run), epochs)
  }

  /** Sentences that a run learned from, as of when its thread rested or ended. */
  steps(run: number): number {
    return Atomics.load(this.#numbers, this.#placeOf(run) + 1)
  }

  setSteps(run: number, steps: number): void {
    Atomics.store(this.#numbers, this.#placeOf(run) + 1, steps)
  }

  /** The thread that has a run; undefined before it is taken, and once it is finished. */
  threadOf(run: number): number | undefined {
    const holder = Atomics.load(this.#numbers, this.#placeOf(run) + 2)
    return holder > 0 ? holder - 1 : undefined
  }

  /** Are its averages in the sums? */
  isFinished(run: number): boolean {
    return Atomics.load(this.#numbers, this.#placeOf(run) + 2) === finished
  }

  finish(run: number): void {
    Atomics.store(this.#numbers, this.#placeOf(run) + 2, finished)
  }

  /** Has no thread had it? */
  isUntaken(run: number): boolean {
    return Atomics.load(this.#numbers, this.#placeOf(run) + 2) === untaken
  }

  /** Runs that no thread has had. */
  get untaken(): number {
    let count = 0
    for (let run = 0; run < this.runs; run++) if (this.isUntaken(run)) count++
    return count
  }

  #placeOf(run: number): number {
    return this.#firstRun + 3 * run
  }
}
