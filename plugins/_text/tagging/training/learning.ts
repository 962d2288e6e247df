import { Worker } from 'node:worker_threads'
import { progressEveryMs } from '../../../_model/progress.js'
import { Control, calls } from './control.js'
import type { LearnOptions, LearnSettings } from './learn-options.js'
import {
  type AllLearned,
  type Figures,
  learnedByRun,
  type RunState,
  type RunsState,
  runStateOf,
  runsStateOf,
  sumUp,
} from './learned.js'
import type { TrainingMemory } from './memory.js'
import { RunPlans } from './run-plans.js'
import type { Rest, RunsOrder } from './runs.js'
import type { TaggerTools } from './tools.js'

/*
 *   here                                         threads
 *     takes a look, plans  ◄── epoch ends ────────  learn run after run
 *     saves the state  ◄────── all rest ──────────  rest after a sentence, when they are called to
 *     sums up what there is  ◄─ all have ended ───  end after a sentence, when they are called to
 */

/** One call of `learn`. */
export class Learning {
  readonly #control: Control
  readonly #plans: RunPlans
  /** Runs of an earlier training that no thread has taken yet. */
  readonly #parked: Map<number, RunState>
  readonly #workers = new Set<Worker>()
  /** Threads that wait until what is due was saved. */
  readonly #resting = new Set<number>()
  #isDue = false
  /** Epochs that runs will make that no thread has taken. */
  #planned: number
  #figures: Figures
  #fail: (error: unknown) => void = () => {}

  constructor(
    private readonly training: TrainingMemory,
    private readonly hashes: Uint32Array,
    private readonly settings: LearnSettings,
    private readonly tools: TaggerTools,
    private readonly options: LearnOptions,
  ) {
    const { time, figures = {}, repeats = 0, found } = options
    const threads = training.layout.threads.length
    const control = Control.create(threads, settings.runs, settings.epochs)
    this.#control = control
    this.#planned = settings.epochs
    this.#plans = new RunPlans({ wanted: settings.epochs, threads, repeats, control, time, log: tools.log })
    this.#figures = figures
    this.#parked = new Map(found?.begun.map(state => [state.run, state]))
    for (const { run, steps } of [...(found?.begun ?? []), ...(found?.finished ?? [])]) {
      control.setSteps(run, steps)
      control.addLearned(steps)
    }
    for (const { run } of found?.finished ?? []) control.finish(run)
    if (found) {
      const { sums, transitionSums } = this.#state()
      sums.set(found.sums)
      transitionSums.set(found.transitionSums)
    }
  }

  async result(): Promise<AllLearned> {
    if (this.options.time.isOver) this.#control.call = calls.end
    const timer = setInterval(() => this.#try(() => this.#watch()), progressEveryMs)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#fail = reject
        for (const thread of this.training.layout.threads.keys()) this.#startThread(thread, resolve)
      })
      this.#tell(this.#control.learned)
      // What is left of it is what a further training goes on with.
      if (this.#state().begun.length > 0 && this.options.isDue?.()) await this.#save()
    } finally {
      clearInterval(timer)
      await Promise.all([...this.#workers].map(worker => worker.terminate()))
    }
    const state = this.#state()
    const isCut = state.finished.length < this.settings.runs
    return { ...sumUp(this.training, state, this.hashes, true), isCut }
  }

  #startThread(thread: number, resolve: () => void): void {
    const { seed, runs, epochs, cost = 0 } = this.settings
    const { lookAt, time } = this.options
    const waits = time.isLimited ? 'all' : lookAt ? 'first' : 'none'
    const order: RunsOrder = {
      ...this.training,
      thread,
      seed,
      runs,
      epochs,
      cost,
      waits,
      control: this.#control.shared,
    }
    const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: order, execArgv: [] })
    this.#workers.add(worker)
    const failed = (what: string, cause?: Error) => this.#fail(this.tools.refuse(`one of its threads ${what}.`, cause))
    worker.on('message', (rest: Rest) => this.#try(() => this.#onRest(rest)))
    worker.on('error', error => failed(`failed: ${error.message}`, error))
    worker.on('exit', code => {
      if (code !== 0) return failed(`ended with code ${code}`)
      this.#workers.delete(worker)
      if (this.#workers.size === 0) resolve()
      else this.#saveOnceAllRest()
    })
  }

  #try(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#fail(error)
    }
  }

  #onRest({ thread, run, at, waits }: Rest): void {
    const { time, lookAt, rehearse } = this.options
    const control = this.#control
    if (at === 'begin') this.#begin(thread, run)
    if (at === 'epoch') {
      const learned = () => {
        const state = runStateOf(this.training, thread, run, control.steps(run))
        return learnedByRun(this.training, state, this.hashes)
      }
      let isEnough = false
      if (run === 0 && lookAt) {
        const look = time.look(() => lookAt(learned()))
        this.#figures = look.figures
        isEnough = look.isEnough
        this.#tell()
      } else if (time.isLimited && !time.hasLooked && rehearse) {
        time.look(() => rehearse(learned()))
      }
      if (time.isLimited) {
        this.#planned = this.#plans.end(run)
        control.plan(run, this.#planned)
      }
      if (isEnough) control.plan(run, 0)
    }
    this.#watch()
    if (!waits) return
    if (this.#isDue) {
      this.#resting.add(thread)
      this.#saveOnceAllRest()
    } else {
      control.release(thread)
    }
  }

  #begin(thread: number, run: number): void {
    const { sentenceCount } = this.training.layout
    const found = this.#parked.get(run)
    if (found) {
      const own = runStateOf(this.training, thread, run, found.steps)
      own.weights.set(found.weights)
      own.changes.set(found.changes)
      own.transitions.set(found.transitions)
      own.transitionChanges.set(found.transitionChanges)
      this.#parked.delete(run)
    }
    if (this.options.time.isLimited) this.#plans.begin(run, Math.floor((found?.steps ?? 0) / sentenceCount))
  }

  /** Tells how far it is; calls the threads to end when the time is over, and to rest when a checkpoint is due. */
  #watch(): void {
    const control = this.#control
    if (this.options.time.isOver) control.call = calls.end
    else if (!this.#isDue && this.options.isDue?.()) {
      this.#isDue = true
      control.call = calls.rest
    }
    this.#tell()
  }

  #saveOnceAllRest(): void {
    if (!this.#isDue || this.#resting.size < this.#workers.size) return
    this.#save().then(() => {
      this.#isDue = false
      this.#plans.skip()
      if (this.#control.call === calls.rest) this.#control.call = calls.goOn
      for (const thread of this.#resting) this.#control.release(thread)
      this.#resting.clear()
    }, this.#fail)
  }

  async #save(): Promise<void> {
    const state = this.#state()
    await this.options.save?.(state, this.#figures, () => sumUp(this.training, state, this.hashes, false))
  }

  #state(): RunsState {
    return runsStateOf(this.training, this.#control, this.#parked.values())
  }

  #tell(total = this.#total()): void {
    const [done, figures] = [this.#control.learned, this.#figures]
    this.tools.progress({ done, total, unit: 'sentences', stage: 'learning', figures })
  }

  #total(): number {
    const control = this.#control
    let epochs = control.untaken * this.#planned
    for (let run = 0; run < control.runs; run++) if (!control.isUntaken(run)) epochs += control.planned(run)
    return Math.max(control.learned, epochs * this.training.layout.sentenceCount)
  }
}
