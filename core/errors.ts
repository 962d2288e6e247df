/** The table of error codes: the HTTP answer, `docs/errors.md` and the type of each code come from it. */

interface ErrorRow<D> {
  /** HTTP status of the answer. */
  readonly status: number
  /** Names the thing, what is wrong, and the next step. */
  readonly message: (details: D) => string
  /** Details that `docs/errors.md` renders the message with. */
  readonly example: D
}

function row<D>(status: number, message: (details: D) => string, example: NoInfer<D>): ErrorRow<D> {
  return { status, message, example }
}

const list = (items: readonly string[]) => (items.length > 0 ? items.join(', ') : 'none')

export const errors = {
  // What the caller sent
  BODY_MALFORMED: row(400, (d: { problem: string; expected: string }) => `${d.problem} Send ${d.expected}.`, {
    problem: 'The body is not valid JSON.',
    expected: '{"model_name": "...", "url": "/path/of/the/artifact"}',
  }),
  URL_INVALID: row(400, (d: { url: string; problem: string }) => `"${d.url}" ${d.problem}`, {
    url: 'models/claims',
    problem: 'is a relative path. Send the absolute path of an artifact folder.',
  }),
  QUERY_INVALID: row(
    400,
    (d: { parameter: string; problem: string }) => `Query parameter ${d.parameter} ${d.problem}`,
    {
      parameter: 'limit',
      problem: 'must be an integer from 1 to 1000.',
    },
  ),
  REQUEST_MALFORMED: row(
    400,
    (d: { problem: string }) => `The request could not be read: ${d.problem}. Send a well-formed HTTP/1.1 request.`,
    { problem: 'the path has a bad percent-encoding' },
  ),
  REQUEST_INVALID: row(400, (d: { problem: string }) => d.problem, {
    problem: 'text2 is missing. A request is {"text1": string, "text2": string}.',
  }),
  REQUEST_TIMEOUT: row(
    408,
    (d: { limitMs: number }) =>
      `The request did not arrive within ${d.limitMs} ms. Send it again, over a faster connection or in smaller parts.`,
    { limitMs: 60_000 },
  ),
  BODY_TOO_LARGE: row(
    413,
    (d: { limitBytes: number; flag?: string }) =>
      `The body is larger than ${d.limitBytes} bytes. Send less at a time, or raise the limit (${d.flag ?? '--max-body-bytes'}).`,
    { limitBytes: 6_291_456 },
  ),
  ANSWER_TOO_LARGE: row(
    413,
    (d: { answerBytes: number; limitBytes: number; rowBytes?: number }) =>
      `The answer to these rows has ${d.answerBytes} bytes, and ${d.limitBytes} are taken. ${d.rowBytes === undefined ? 'Send fewer rows at a time.' : `This row, one of the largest with ${d.rowBytes} bytes, was left out. Send fewer rows at a time, or ask for less.`}`,
    { answerBytes: 10_400_000, limitBytes: 10_000_000, rowBytes: 900_000 },
  ),
  MEDIA_TYPE_UNSUPPORTED: row(
    415,
    (d: { type: string; supported: readonly string[] }) =>
      `Content type "${d.type}" is not supported. Send one of: ${list(d.supported)}.`,
    { type: 'image/png', supported: ['text/plain', 'text/csv', 'application/json', 'application/jsonlines'] },
  ),
  NOT_ACCEPTABLE: row(
    406,
    (d: { accept: string; supported: readonly string[] }) =>
      `No answer can be made for "Accept: ${d.accept}". Ask for one of: ${list(d.supported)}.`,
    { accept: 'image/png', supported: ['application/json', 'text/csv', 'application/jsonlines'] },
  ),
  TARGET_INVALID: row(
    400,
    (d: { target: string; problem: string }) =>
      `Target "${d.target}" ${d.problem}. Send the path of a model below the store, such as dir/name.tar.gz.`,
    { target: '../claims', problem: 'has ".." in it' },
  ),
  TARGET_MISSING: row(
    400,
    () =>
      'The request names no model. This host has many: send the header X-Amzn-SageMaker-Target-Model with the path of one below the store.',
    {},
  ),
  TARGET_UNEXPECTED: row(
    400,
    (d: { target: string }) =>
      `The request names the target "${d.target}", but this host serves one model only. Leave out the header X-Amzn-SageMaker-Target-Model.`,
    { target: 'claims.tar.gz' },
  ),
  RUNTIME_REQUEST_INVALID: row(400, (d: { problem: string }) => d.problem, {
    problem:
      "1 validation error detected: Value '-x' at 'endpointName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*.",
  }),
  UNAUTHORIZED: row(
    401,
    () => 'This call needs a token that the host knows. Send the header "Authorization: Bearer TOKEN".',
    {},
  ),
  CALLER_GONE: row(499, () => 'The caller closed the connection before the answer. Send the request again.', {}),
  HEADERS_TOO_LARGE: row(431, () => 'The request headers are too large. Send less than 32 KiB of them.', {}),

  // Where it was sent
  ROUTE_UNKNOWN: row(
    404,
    (d: { method: string; path: string }) => `There is no ${d.method} ${d.path} here. See docs/http.md for the paths.`,
    { method: 'GET', path: '/model' },
  ),
  METHOD_NOT_ALLOWED: row(
    405,
    (d: { method: string; path: string; allow: readonly string[] }) =>
      `${d.path} does not answer ${d.method}. Use ${list(d.allow)}.`,
    { method: 'PUT', path: '/models', allow: ['GET', 'POST'] },
  ),
  MODEL_NOT_LOADED: row(
    404,
    (d: { model: string; only?: string }) =>
      d.only === undefined
        ? `Model "${d.model}" is not loaded. Load it with POST /models, then call it again.`
        : `Model "${d.model}" is not here: this host serves one model, which is called "${d.only}".`,
    { model: 'claims' },
  ),
  TARGET_NOT_FOUND: row(
    404,
    (d: { target: string; store: string }) =>
      `There is no "${d.target}" in ${d.store}. GET /store lists what can be loaded.`,
    { target: 'claims.tar.gz', store: 's3://models/live' },
  ),
  BATCH_UNKNOWN: row(
    404,
    (d: { id: string }) =>
      `This host has no answer for the batch "${d.id}": it has not accepted it with 202, or no longer keeps it. Send the batch itself again.`,
    { id: '01b2c3d4-0000-1111-0000-000000000001:1' },
  ),
  MODEL_NOT_READY: row(
    429,
    (d: { model: string; waitedMs?: number }) =>
      `Model "${d.model}" is still being loaded${d.waitedMs === undefined ? '' : ` after ${d.waitedMs} ms`}. The load goes on; send the request again.`,
    { model: 'claims.tar.gz', waitedMs: 50_000 },
  ),
  MODEL_ALREADY_LOADED: row(
    409,
    (d: { model: string }) => `Model "${d.model}" is already loaded. Invoke it, or DELETE it before loading again.`,
    { model: 'claims' },
  ),
  MODEL_LOADING: row(
    409,
    (d: { model: string }) =>
      `Model "${d.model}" is being loaded by another request. Wait for that one to be answered.`,
    { model: 'claims' },
  ),

  // The artifact
  ARTIFACT_NOT_FOUND: row(
    404,
    (d: { path: string; problem: string }) =>
      `${d.path} ${d.problem}. Send the path of an artifact folder that exists.`,
    { path: '/opt/ml/models/claims/model', problem: 'does not exist' },
  ),
  PARAMS_NOT_FOUND: row(
    422,
    (d: { path: string; found: readonly string[] }) =>
      `${d.path} holds no *-params.json file (found: ${list(d.found)}). An artifact needs exactly one; see docs/artifacts.md.`,
    { path: '/opt/ml/models/claims/model', found: ['DocSim-model'] },
  ),
  PARAMS_AMBIGUOUS: row(
    422,
    (d: { path: string; found: readonly string[] }) =>
      `${d.path} holds ${d.found.length} params files (${list(d.found)}). Keep exactly one of them.`,
    { path: '/opt/ml/models/claims/model', found: ['A-params.json', 'B-params.json'] },
  ),
  PARAMS_INVALID: row(422, (d: { file: string; problem: string }) => `${d.file}: ${d.problem}`, {
    file: 'DocSim-params.json',
    problem: 'vector_size must be an integer of at least 1, but is "many".',
  }),
  PLUGIN_UNKNOWN: row(
    422,
    (d: { file: string; name: string; known: readonly string[] }) =>
      `${d.file} asks for model_name "${d.name}", which no plugin provides. Known: ${list(d.known)}. Add one with --plugin.`,
    { file: 'DocSim-params.json', name: 'DocSym', known: ['DocSim'] },
  ),
  ARTIFACT_FILE_MISSING: row(
    422,
    (d: { path: string; file: string; found: readonly string[] }) =>
      `${d.path} has no file ${d.file} (found: ${list(d.found)}). Train the model again, or pack the file with it.`,
    { path: '/opt/ml/models/claims/model', file: 'DocSim-model', found: ['DocSim-params.json'] },
  ),
  ARTIFACT_FILE_UNREADABLE: row(
    422,
    (d: { file: string; problem: string }) =>
      `${d.file} cannot be read: ${d.problem}. Check that it is a plain file the host may read.`,
    { file: 'DocSim-model', problem: 'it is a directory' },
  ),
  ARTIFACT_TOO_LARGE: row(
    422,
    (d: { path: string; bytes: number; limitBytes: number }) =>
      `${d.path} needs ${d.bytes} bytes of shared memory; one model can have at most ${d.limitBytes}. Split the model.`,
    { path: '/opt/ml/models/claims/model', bytes: 5_000_000_000, limitBytes: 4_294_901_760 },
  ),
  ARCHIVE_INVALID: row(
    422,
    (d: { file: string; problem: string }) =>
      `${d.file} cannot be unpacked: ${d.problem}. Pack the artifact again; modelhost pack makes a sound archive.`,
    { file: 'claims.tar.gz', problem: 'it is cut off in the middle' },
  ),
  TENSOR_FILE_BROKEN: row(
    422,
    (d: { file: string; problem: string }) =>
      `${d.file} is not a valid tensor file: ${d.problem}. Write it again; docs/artifacts.md describes the format.`,
    { file: 'DocSim-model', problem: 'its header says 900 bytes, the file has 120' },
  ),
  ARTIFACT_INVALID: row(
    422,
    (d: { file: string; problem: string }) => `${d.file} does not fit its plugin: ${d.problem}. Train the model again.`,
    { file: 'DocSim-model', problem: 'word_vectors has 10 rows, vocabulary 12 words' },
  ),
  LOAD_FAILED: row(
    422,
    (d: { model: string; plugin: string; problem: string }) =>
      `Plugin ${d.plugin} could not load model "${d.model}": ${d.problem}. Check the artifact, or the plugin's load.`,
    { model: 'claims', plugin: 'DocSim', problem: 'TypeError: x is not a function' },
  ),
  LOAD_TIMEOUT: row(
    422,
    (d: { model: string; limitMs: number; examples?: number }) =>
      `Model "${d.model}" was not loaded${d.examples ? ' and its examples answered' : ''} within ${d.limitMs} ms and was given up. Raise the limit (--load-timeout-ms).`,
    { model: 'claims', limitMs: 120_000 },
  ),

  // The prediction
  PREDICT_FAILED: row(
    500,
    (d: { plugin: string; problem: string }) =>
      `Plugin ${d.plugin} failed on this request: ${d.problem}. The host goes on; the log has the details.`,
    { plugin: 'DocSim', problem: 'TypeError: x is not a function' },
  ),
  PREDICT_TIMEOUT: row(
    500,
    (d: { model: string; limitMs: number }) =>
      `Model "${d.model}" did not answer within ${d.limitMs} ms and was stopped. Send less at a time, or raise the limit (--predict-timeout-ms).`,
    { model: 'claims', limitMs: 60_000 },
  ),
  LANE_CRASHED: row(
    500,
    (d: { model: string; problem: string }) =>
      `The thread that ran model "${d.model}" ended (${d.problem}). It was replaced; other requests were not touched.`,
    { model: 'claims', problem: 'worker exited with code: 3' },
  ),

  // The store
  STORE_UNAVAILABLE: row(
    502,
    (d: { store: string; problem: string }) =>
      `${d.store} does not give what it was asked for: ${d.problem}. Models that are loaded still answer; send the request again.`,
    { store: 's3://models/live', problem: 'no answer within 10000 ms, in 3 tries' },
  ),
  STORE_DENIED: row(
    502,
    (d: { store: string; problem: string }) =>
      `${d.store} refuses this host: ${d.problem}. Check what it may read there; in S3, the bucket, the region and the credentials.`,
    { store: 's3://models/live', problem: 'AccessDenied' },
  ),
  CACHE_FULL: row(
    507,
    (d: { target: string; folder: string; problem: string }) =>
      `There is no room to unpack "${d.target}" in ${d.folder}: ${d.problem}. Free some, or take another folder (--cache, --cache-budget).`,
    { target: 'claims.tar.gz', folder: '/tmp/modelhost-cache-1000', problem: 'ENOSPC: no space left on device' },
  ),

  // The host
  LOADS_FULL: row(
    503,
    (d: { model: string; limit: number }) =>
      `Model "${d.model}" is not loaded, and ${d.limit} models wait for their load already. Try again after the time in Retry-After, or on another host.`,
    { model: 'claims.tar.gz', limit: 1000 },
  ),
  QUEUE_FULL: row(
    503,
    (d: { model: string; limit: number }) =>
      `Model "${d.model}" has ${d.limit} requests waiting. Try again after the time in Retry-After, or on another host.`,
    { model: 'claims', limit: 100 },
  ),
  DRAINING: row(503, () => 'This host is shutting down. Send the request to another one.', {}),
  MEMORY_FULL: row(
    507,
    (d: { model: string; needBytes: number; freeBytes: number }) =>
      `Model "${d.model}" needs ${d.needBytes} bytes, ${d.freeBytes} are free. Unload another model, then load it again.`,
    { model: 'claims', needBytes: 52_428_800, freeBytes: 1_048_576 },
  ),
  MODEL_TOO_LARGE: row(
    507,
    (d: { model: string; needBytes: number; budgetBytes: number }) =>
      `Model "${d.model}" needs ${d.needBytes} bytes, more than the whole budget of ${d.budgetBytes}. Use a larger instance or raise --memory-budget.`,
    { model: 'claims', needBytes: 9_000_000_000, budgetBytes: 4_000_000_000 },
  ),
  RESOURCES_SHORT: row(
    507,
    (d: { problem: string }) =>
      `The host is out of a resource that is not the model's: ${d.problem}. Unload another model, or raise the process's limits.`,
    { problem: 'EMFILE: too many open files' },
  ),
  INTERNAL: row(
    500,
    (d: { problem: string }) =>
      `The host failed on this request: ${d.problem}. The log has the details; please report it.`,
    { problem: 'unexpected state' },
  ),

  // Starting, training, evaluating
  CONFIG_INVALID: row(400, (d: { setting: string; problem: string }) => `${d.setting}: ${d.problem}`, {
    setting: '--lanes',
    problem: 'must be an integer from 1 to 256, but is "many".',
  }),
  PLUGIN_INVALID: row(400, (d: { path: string; problem: string }) => `Plugin ${d.path}: ${d.problem}`, {
    path: './plugins/sentiment',
    problem: 'its default export has no predict function.',
  }),
  TRAIN_FAILED: row(400, (d: { plugin: string; problem: string }) => `Training ${d.plugin} failed: ${d.problem}`, {
    plugin: 'DocSim',
    problem: 'no training file was given. Name one with --train FILE.',
  }),
  EVALUATE_FAILED: row(400, (d: { plugin: string; problem: string }) => `Evaluating ${d.plugin} failed: ${d.problem}`, {
    plugin: 'DocSim',
    problem: 'gold.csv has no column "score" (it has: sentence1, sentence2).',
  }),
  IMPORT_FAILED: row(400, (d: { file: string; problem: string }) => `${d.file} cannot be imported: ${d.problem}`, {
    file: 'lda.pickle.gz',
    problem: 'its first line claims 9 words, and it ends after 3. It is cut off.',
  }),
} as const

export type ErrorCode = keyof typeof errors
export type ErrorDetails<C extends ErrorCode> = (typeof errors)[C] extends ErrorRow<infer D> ? D : never

// Found by symbol, not by class: a plugin may bring its own copy of this package.
const mark = Symbol.for('modelhost.error')

export class HostError extends Error {
  override readonly name = 'HostError'
  readonly [mark] = true
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }

  get status(): number {
    return errors[this.code].status
  }
}

/**
 * Makes the error of a code.
 *
 * @param details  what the message names; its fields depend on the code
 * @returns an error to throw
 */
export function fail<C extends ErrorCode>(code: C, details: ErrorDetails<C>, cause?: unknown): HostError {
  const message = (errors[code].message as (d: unknown) => string)(details)
  return new HostError(code, message, cause === undefined ? undefined : { cause })
}

export function isHostError(error: unknown): error is HostError {
  return typeof error === 'object' && error !== null && mark in error && (error as HostError).code in errors
}

/** One line for people: the class and message of anything thrown, without its stack. */
export function describeError(error: unknown): string {
  if (isHostError(error)) return error.message
  if (error instanceof Error) return `${error.name}: ${error.message}`
  return String(error)
}
