import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Static, TObject, TSchema } from 'typebox'
import type { Access } from './routes/access.js'
import type { SharedMemory } from './shared-memory.js'
import type { TensorFile, TensorSource } from './tensor-file.js'

/** Structured log lines, in the host's format, with the model's name already in them. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** One file of an artifact or asset: views on shared memory, never copies. Read it only. */
export interface ArtifactFile {
  readonly name: string
  readonly bytes: Uint8Array
  /** The file as named tensors. @throws HostError TENSOR_FILE_BROKEN when it is none */
  tensors(): TensorFile
}

/** What many models share: a file with room to work in beside it. One object for all models of a lane. */
export interface Asset extends ArtifactFile {
  /** The asset's own image, laid out as an artifact's is. */
  readonly memory: SharedMemory
  /** This lane's `scratchBytes` of it, which all its models share; empty where the plugin asks for none. */
  readonly scratch: Uint8Array
}

/** Where an asset comes from. */
export interface AssetSource {
  readonly url: URL
  /** Bytes of scratch that a lane needs in the asset's image. Default: 0. */
  readonly scratchBytes?: number
}

/** A file of an artifact, before it is read. */
export interface FileSize {
  /** Without the artifact's prefix: `model` for `<prefix>-model`. */
  readonly name: string
  readonly bytes: number
}

/** What `load` reads from. */
export interface Artifact {
  /** What stands before `-params.json`, and so before each file's name. */
  readonly prefix: string
  /** `<prefix>-model` as named tensors. */
  readonly model: TensorFile
  /** Has the artifact a file `<prefix>-<name>`? */
  has(name: string): boolean
  /** The file `<prefix>-<name>`. @throws HostError ARTIFACT_FILE_MISSING */
  file(name: string): ArtifactFile
  /** The image: its first 64 KiB belong to kernels, then come the files, then scratch. */
  readonly memory: SharedMemory
  /** This lane's `scratchBytes`, behind the files; empty where the plugin asks for none. */
  readonly scratch: Uint8Array
}

export interface LoadContext<P> {
  readonly artifact: Artifact
  readonly params: P
  readonly assets: Readonly<Record<string, Asset>>
  readonly log: Log
}

export interface PredictContext {
  /** From the header `X-Request-Id`, or made by the host. */
  readonly requestId: string
  /** `X-Amzn-SageMaker-Custom-Attributes`; what it holds after `predict` goes back to the caller. */
  customAttributes: string
  readonly log: Log
  /** Aborted when the caller is gone or the time limit is over. */
  readonly signal: AbortSignal
}

/** How far a training or an evaluation is. `done` and `total` count the same unit; the rest is shown beside them. */
export interface Progress {
  readonly done: number
  readonly total: number
  readonly unit: string
  readonly stage?: string
  readonly figures?: Readonly<Record<string, number>>
}

/** Writes an artifact's files. */
export interface ArtifactWriter {
  /** Writes `<prefix>-<name>` as a tensor file. */
  write(name: string, content: TensorSource): Promise<void>
}

/** How far a training came, in rounds of its own. */
export interface TrainEnd {
  readonly done: number
  /** What its params ask for; more than `done` where it ended early. */
  readonly wanted: number
  readonly unit: string
}

/** Where an interrupted training goes on, and what is left of one that is killed. */
export interface Checkpoints {
  /** The state that an earlier run of the same training saved; undefined where there is none. */
  readonly found: TensorFile | undefined
  /** Is it time for one, or the last chance? Costs next to nothing; false where nobody wants any. */
  isDue(): boolean
  /**
   * Saves where the training is, in the place of what was saved before; a kill in the middle leaves that.
   *
   * @param state  what `found` is when the training is started again
   * @param writeModel  writes what `train` would write if it ended now
   */
  save(state: TensorSource, writeModel: (artifact: ArtifactWriter) => Promise<void>): Promise<void>
}

export interface TrainContext<P> {
  /** Channel name -> absolute path of its file or folder; `train` is always there. */
  readonly channels: Readonly<Record<string, string>> & { readonly train: string }
  readonly params: P
  readonly artifact: ArtifactWriter
  readonly log: Log
  readonly progress: (progress: Progress) => void
  /** Threads that the training may use, at least 1. */
  readonly threads: number
  /**
   * Until the model should be written: what is learned by then is the model. Infinity without a limit; 0 once the
   * training was told to stop. To be asked after each round; answers while the thread is busy, too.
   */
  secondsLeft(): number
  readonly checkpoints: Checkpoints
}

export interface EvaluateContext<P, Q, R, M = unknown> {
  /** Role -> absolute path; `gold` is always there, others where they were given: `queries`, `documents`. */
  readonly files: Readonly<Record<string, string>> & { readonly gold: string }
  readonly params: P
  /** What `load` made, to look at; `predict` asks it. */
  readonly model: M
  /**
   * Asks the model, in this thread; defaults are filled in, the instance is checked.
   *
   * @throws HostError REQUEST_INVALID, or whatever the prediction throws
   */
  predict(instance: Q): Promise<R>
  readonly log: Log
  readonly progress: (progress: Progress) => void
}

export interface Measure {
  /** Finite. */
  readonly value: number
  /** A few words, for people. */
  readonly description?: string
}

/** How good a model is on a gold file. */
export interface Evaluation {
  /** What was measured: `similarity`, `retrieval`. */
  readonly task: string
  /** How many of what: 1500 `pairs`. */
  readonly cases: number
  readonly unit: string
  /** Name -> figure, in the order in which they are shown. */
  readonly measures: Readonly<Record<string, Measure>>
  /** Title -> row -> column -> figure: what there is to say of each label, for one. */
  readonly tables?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>
  /** What the model answered, as text in the form of the gold file. */
  readonly predictions: string
}

/** A file that an artifact of this plugin has beside `<prefix>-model`: `<prefix>-<name>`. */
export interface PluginFile {
  readonly name: string
  readonly optional?: boolean
}

/** What a plugin answers for one instance of a list: the prediction, or what was wrong with it. */
export type Answer<R> = R | { readonly error: { readonly code: string; readonly message: string } }

/** What goes with a body that a route sends to a model. */
export interface RouteInvocation {
  /** Of the body. Default: `application/json` */
  readonly contentType?: string
  /** Of the answer; the host's default where it is left out. */
  readonly accept?: string
  readonly customAttributes?: string
  /** On whose behalf: its id is that of the prediction, and when its caller goes, the prediction is given up. */
  readonly request?: FastifyRequest
}

/** What a model answered to a route. */
export interface RouteAnswer {
  readonly contentType: string
  readonly body: Buffer
  readonly customAttributes: string
  /** What it took in its lane. */
  readonly predictMs: number
  /** How long it waited for its model to be loaded; undefined where that was there. */
  readonly loadMs: number | undefined
}

export interface RoutesContext {
  /**
   * Asks a model as `POST /models/{modelName}/invoke` does: its queue, time limit and errors hold, and a standalone host loads
   * it on demand. The model may be one of any plugin.
   *
   * @param body  up to `--max-body-bytes`; it is not changed
   * @throws HostError what that request would be answered with: MODEL_NOT_LOADED, QUEUE_FULL, REQUEST_INVALID ...; a route that
   *   does not catch it answers so
   */
  invoke(modelName: string, body: string | Uint8Array, invocation?: RouteInvocation): Promise<RouteAnswer>
  readonly log: Log
}

/**
 * A Fastify plugin, made with `fastifyPlugin<RoutesContext>(...)` or not. What it adds to `app`, hooks and decorators too, is for its own routes
 * alone. A route whose `config` says nothing of `access` asks for a token where the host has tokens.
 */
export type PluginRoutes = (app: FastifyInstance, context: RoutesContext, done: (error?: Error) => void) => unknown

/** Who may call a route: `open` is everybody, `predictions` whoever may invoke a model. */
export type RouteAccess = Access

/** Keys of a params file that are the host's; no plugin has a param of such a name. */
export const hostParams = ['model_name', 'examples', 'max_seconds'] as const

/** Compared as a method is: a plugin of certain params is a plugin of any. */
type AsMethod<F extends (...given: never[]) => unknown> = { method(...given: Parameters<F>): ReturnType<F> }['method']

/**
 * So that what `predict` returns is read as the response schema has it: `['a', 1]` as a pair and no list, `'a'` as that text and
 * no other. While the type of a model is inferred, the compiler does not look into the type of the response; this tells it to
 * keep literals, and is `never` in the end.
 */
type Literals<S> = S | null | [] | readonly Literals<S>[] | { readonly [name: string]: Literals<S> }

type Answers<R extends TSchema, L> = (Answer<Static<R>> | NoInfer<L>)[]

/** A model type. See docs/authoring.md. */
export interface Plugin<
  P extends TObject = TObject,
  Q extends TSchema = TSchema,
  R extends TSchema = TSchema,
  M = unknown,
  L = never,
> {
  /** What `"model_name"` in a params file selects. */
  readonly name: string
  readonly summary: string
  /** Of the plugin, as in semantic versioning. */
  readonly version: string
  readonly params: P
  readonly request: Q
  readonly response: R

  load(context: LoadContext<Static<P>>): M | Promise<M>
  predict(
    model: M,
    instance: Static<Q>,
    context: PredictContext,
  ): Static<R> | NoInfer<L> | Promise<Static<R> | NoInfer<L>>

  /** Instead of `predict`, for the instances of one request that passed their check. One answer each, in order. */
  predictBatch?(model: M, instances: Static<Q>[], context: PredictContext): Answers<R, L> | Promise<Answers<R, L>>
  /** For what the garbage collector cannot free. */
  unload?(model: M): void | Promise<void>
  /** @returns how far it came, where that may be less than its params ask for */
  // biome-ignore lint/suspicious/noConfusingVoidType: most have nothing to return
  train?(context: TrainContext<Static<P>>): Promise<TrainEnd | void>
  /** Names of the figures that `train` reports as it goes, for those who watch many trainings: `epoch`, `dev F1`. */
  readonly metrics?: readonly string[]
  /** Measures a model on files that say what is right; which measures, and how those files look, is the plugin's. */
  evaluate?(context: EvaluateContext<Static<P>, Static<Q>, Static<R>, M>): Promise<Evaluation>

  /** Files beside `<prefix>-model`. */
  readonly files?: readonly PluginFile[]
  /** False where an artifact is its params file alone. Default: true. */
  readonly hasModelFile?: boolean
  /** What many models share and no artifact brings: name -> file, loaded once, given up with its last model. */
  assets?(params: Static<P>, files: readonly FileSize[]): Readonly<Record<string, URL | AssetSource>>
  /** Bytes that one lane keeps on its heap for a model with these files, besides the shared image. Default: 0. */
  estimateSize?(files: readonly FileSize[]): number
  /** Bytes of scratch that a lane needs in the image, behind the files: one number, or by params and files. Default: 0. */
  readonly scratchBytes?: number | AsMethod<(params: Static<P>, files: readonly FileSize[]) => number>

  /** Instead of the host's way from a body to instances, by content type. */
  readonly decode?: Readonly<Record<string, (body: Uint8Array) => unknown[]>>
  /** Instead of the prediction itself in the answer, by the content type of the request. */
  readonly encode?: Readonly<Record<string, AsMethod<(prediction: Static<R>) => unknown>>>
  /** Routes that this plugin adds to the host; they run on the main thread, so they do I/O and ask models, and never compute. */
  readonly routes?: PluginRoutes
}

// biome-ignore lint/suspicious/noExplicitAny: a plugin of any params, requests, responses and model
export type AnyPlugin = Plugin<any, any, any, any>

/**
 * Says a plugin in one object; the types flow from its schemas, and from `load` into `predict`, `predictBatch`, `unload` and
 * `evaluate`. `load` stands before them: the compiler reads from above.
 *
 * @returns the plugin, as given
 */
export function definePlugin<
  P extends TObject,
  Q extends TSchema,
  R extends TSchema,
  M,
  S extends string | number | boolean = never,
  L extends Literals<S> = never,
>(plugin: Plugin<P, Q, R, M, L>): Plugin<P, Q, R, M> {
  return plugin as Plugin<P, Q, R, M>
}
