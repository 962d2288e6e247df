import { availableParallelism, tmpdir, totalmem, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'
import { readSettings, settingsTable } from '../../core/config.js'
import { folder } from '../helpers/artifacts.js'

/** Settings from this environment alone. */
const fromEnv = async (env: NodeJS.ProcessEnv) => (await readSettings({ env })).settings

const refused = (message: RegExp) => ({ code: 'CONFIG_INVALID', message })

t.test('with nothing set, every setting has its default and says so', async t => {
  const { settings, sources, warnings } = await readSettings({ env: {} })
  const limit = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem())
  t.same(settings, {
    host: '127.0.0.1',
    port: 8080,
    lanes: availableParallelism(),
    memoryBudgetBytes: Math.floor(limit * 0.7),
    plugins: [],
    onlyGivenPlugins: false,
    queueLimit: 100,
    predictTimeoutMs: 60_000,
    loadTimeoutMs: 120_000,
    maxBodyBytes: 6_291_456,
    heldBodyBytes: 268_435_456,
    laneHeapBytes: 1_073_741_824,
    bodyTimeoutMs: 60_000,
    drainTimeoutMs: 27_000,
    drainDelayMs: 1500,
    logLevel: 'info',
    accessLog: false,
    defaultAccept: undefined,
    docs: false,
    store: undefined,
    single: undefined,
    preload: [],
    pin: [],
    loadWaitMs: 50_000,
    loadsAtOnce: 8,
    loadQueueLimit: 1000,
    idleTimeoutMs: undefined,
    fetchTimeoutMs: 300_000,
    maxArchiveBytes: 4_294_967_296,
    maxArchiveEntries: 1000,
    maxArchiveRatio: 200,
    cacheFolder: join(tmpdir(), `modelhost-cache-${userInfo().uid}`),
    cacheBudgetBytes: 10_737_418_240,
    s3Region: undefined,
    s3Endpoint: undefined,
    s3PathStyle: false,
    s3ConnectTimeoutMs: 3000,
    s3RequestTimeoutMs: 10_000,
    s3BodyTimeoutMs: 10_000,
    snowflakeBatchBytes: 10_000_000,
    snowflakeCacheBytes: 67_108_864,
    snowflakeCacheMs: 600_000,
    snowflakeModelsAtOnce: 16,
    snowflakeDigest: false,
    snowflakeAsync: false,
    snowflakeAsyncAfterMs: 20_000,
    snowflakeResultBytes: 268_435_456,
    tokenFile: undefined,
    guardInvoke: false,
    tlsCert: undefined,
    tlsKey: undefined,
    corsOrigins: [],
    mode: 'platform',
  })
  t.ok(Object.isFrozen(settings))
  t.same(Object.keys(sources).sort(), Object.keys(settings).sort())
  t.match(sources.memoryBudgetBytes, /^70% of the (control group's limit of )?[\d.]+ [GMK]iB/)
  t.equal(sources.port, 'default')
  t.same(warnings, [])
})

t.test('a flag goes before the environment, this before SageMaker, this before the file', async t => {
  const path = await folder(t, { 'host.json': '{"port": 1, "queueLimit": 1, "lanes": 1, "loadTimeoutMs": 1}' })
  const config = join(path, 'host.json')
  const env = {
    MODELHOST_PORT: '2',
    MODELHOST_QUEUE_LIMIT: '2',
    SAGEMAKER_MODEL_JOB_QUEUE_SIZE: '3',
    SAGEMAKER_MODEL_SERVER_WORKERS: '3',
  }
  const { settings, sources } = await readSettings({ flags: { port: '4', config }, env })
  t.match(settings, { port: 4, queueLimit: 2, lanes: 3, loadTimeoutMs: 1 })
  t.match(sources, {
    port: '--port',
    queueLimit: 'MODELHOST_QUEUE_LIMIT',
    lanes: 'SAGEMAKER_MODEL_SERVER_WORKERS',
    loadTimeoutMs: `"loadTimeoutMs" in ${config}`,
  })
})

t.test("SageMaker's variables set what they mean, in their units", async t => {
  const settings = await fromEnv({
    SAGEMAKER_BIND_TO_PORT: '8081',
    SAGEMAKER_NUM_MODEL_WORKERS: '5',
    SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS: '1.5',
    SAGEMAKER_MAX_PAYLOAD_IN_MB: '8',
    SAGEMAKER_MODEL_JOB_QUEUE_SIZE: '7',
    SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: 'text/csv',
  })
  t.match(settings, {
    port: 8081,
    lanes: 5,
    predictTimeoutMs: 1500,
    maxBodyBytes: 8 * 1024 * 1024,
    queueLimit: 7,
    defaultAccept: 'text/csv',
  })
  t.equal((await fromEnv({ SAGEMAKER_MAX_REQUEST_SIZE: '9000', SAGEMAKER_MAX_PAYLOAD_IN_MB: '8' })).maxBodyBytes, 9000)
  t.equal((await fromEnv({ SAGEMAKER_MAX_PAYLOAD_IN_MB: '0' })).maxBodyBytes, 2 ** 31 - 1, '0 is no limit')
})

t.test("the numbers of Python's logging are log levels", async t => {
  const levels = {
    10: 'debug',
    20: 'info',
    30: 'warn',
    40: 'error',
    50: 'fatal',
    25: 'warn',
    WARNING: 'warn',
    info: 'info',
  }
  for (const [text, logLevel] of Object.entries(levels)) {
    t.equal((await fromEnv({ SAGEMAKER_CONTAINER_LOG_LEVEL: text })).logLevel, logLevel)
  }
  await t.rejects(fromEnv({ SAGEMAKER_CONTAINER_LOG_LEVEL: '60' }), refused(/^SAGEMAKER_CONTAINER_LOG_LEVEL: .*"60"/))
})

t.test('a host is reachable from outside under SageMaker and in the container only', async t => {
  t.equal((await fromEnv({ SAGEMAKER_MULTI_MODEL: 'true' })).host, '0.0.0.0')
  t.equal((await fromEnv({ SAGEMAKER_BIND_TO_PORT: '80' })).host, '0.0.0.0')
  t.equal((await fromEnv({ MODELHOST_CONTAINER: 'true' })).host, '0.0.0.0')
  t.equal((await fromEnv({ MODELHOST_CONTAINER: 'false', SAGEMAKER_MULTI_MODEL: '' })).host, '127.0.0.1')
  t.equal((await fromEnv({ SAGEMAKER_MULTI_MODEL: 'true', MODELHOST_HOST: 'localhost' })).host, 'localhost')
})

t.test('sizes are plain bytes, decimal or binary units, or a share of the memory', async t => {
  const sizes: [unknown, number][] = [
    ['1000', 1000],
    [1000, 1000],
    ['4GB', 4e9],
    ['4 gb', 4e9],
    ['1.5KiB', 1536],
    ['2MiB', 2 * 1024 * 1024],
    ['1GiB', 2 ** 30],
    ['10kB', 10_000],
  ]
  for (const [text, bytes] of sizes) {
    t.equal((await readSettings({ env: {}, flags: { memoryBudget: text } })).settings.memoryBudgetBytes, bytes)
  }
  const half = (await readSettings({ env: {}, flags: { memoryBudget: '50%' } })).settings.memoryBudgetBytes
  const { memoryBudgetBytes } = (await readSettings({ env: {} })).settings
  t.ok(Math.abs(half / 0.5 - memoryBudgetBytes / 0.7) < 10)
  for (const wrong of ['4 apples', '-1', '0', '0%', '170%', 'GB', '1e9GB', '', true]) {
    const refusal = readSettings({ env: {}, flags: { memoryBudget: wrong } })
    await t.rejects(refusal, refused(/^--memory-budget: must be a size such as 4GB.* or a share such as 70%, but is /))
  }
})

t.test('room for bodies grows with the size of one, and is never less', async t => {
  t.equal((await fromEnv({ MODELHOST_MAX_BODY_BYTES: '1GiB' })).heldBodyBytes, 2 ** 30)
  const env = { MODELHOST_MAX_BODY_BYTES: '1GiB', MODELHOST_HELD_BODY_BYTES: '1MiB' }
  await t.rejects(fromEnv(env), refused(/^MODELHOST_HELD_BODY_BYTES: must be at least .*1073741824.*, but is 1048576/))
})

t.test('the delay of a drain fits in its time', async t => {
  t.equal((await fromEnv({ MODELHOST_DRAIN_TIMEOUT_MS: '300' })).drainDelayMs, 150)
  const env = { MODELHOST_DRAIN_TIMEOUT_MS: '300', MODELHOST_DRAIN_DELAY_MS: '301' }
  await t.rejects(fromEnv(env), refused(/^MODELHOST_DRAIN_DELAY_MS: must be at most .*300 ms.*, but is 301/))
  t.equal((await fromEnv({ ...env, MODELHOST_DRAIN_DELAY_MS: '300' })).drainDelayMs, 300)
})

t.test('a wrong value is refused by the name of the place that has it', async t => {
  const path = await folder(t, { 'host.json': '{"queueLimit": [5]}' })
  const config = join(path, 'host.json')
  await t.rejects(
    readSettings({ env: {}, flags: { port: '70000' } }),
    refused(/^--port: must be an integer from 0 to 65535, but is "70000"\.$/),
  )
  await t.rejects(
    readSettings({ env: {}, flags: { lanes: 1.5 } }),
    refused(/^--lanes: must be an integer from 1 to 256, but is 1.5/),
  )
  await t.rejects(fromEnv({ SAGEMAKER_BIND_TO_PORT: 'http' }), refused(/^SAGEMAKER_BIND_TO_PORT: must be an integer/))
  await t.rejects(
    fromEnv({ SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS: 'soon' }),
    refused(/^SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS: .*"soon"/),
  )
  await t.rejects(fromEnv({ MODELHOST_ACCESS_LOG: 'yes' }), refused(/^MODELHOST_ACCESS_LOG: must be true or false/))
  await t.rejects(fromEnv({ MODELHOST_LOG_LEVEL: 'loud' }), refused(/must be one of "trace", "debug"/))
  await t.rejects(readSettings({ env: {}, flags: { config } }), refused(/^"queueLimit" in .*host.json: .*a list of 1/))
})

t.test('a configuration file that cannot serve is refused with what to do', async t => {
  const path = await folder(t, { text: 'port = 1', list: '[]', unknown: '{"prot": 1}' })
  const read = (name: string) => readSettings({ env: { MODELHOST_CONFIG: join(path, name) } })
  await t.rejects(read('none'), refused(/none".*cannot be read \(ENOENT\)/))
  await t.rejects(read('text'), refused(/not valid JSON/))
  await t.rejects(read('list'), refused(/must hold a JSON object, but holds an empty list/))
  await t.rejects(read('unknown'), refused(/unknown key "prot"\. Did you mean "port"\?.*Known: host, port/))
  await t.rejects(readSettings({ env: {}, flags: { config: true } }), refused(/--config true: must be the path/))
})

t.test('plugin paths are resolved from where they are written', async t => {
  const path = await folder(t, { 'host.json': '{"plugin": ["./mine"]}' })
  const fromFile = await readSettings({ env: {}, flags: { config: join(path, 'host.json') } })
  t.same(fromFile.settings.plugins, [join(path, 'mine')])
  t.same((await fromEnv({ MODELHOST_PLUGIN: './a:/b' })).plugins, [resolve('a'), '/b'])
  const fromFlags = await readSettings({ env: {}, flags: { plugin: ['./a', '/b'] } })
  t.same(fromFlags.settings.plugins, [resolve('a'), '/b'])
  await t.rejects(readSettings({ env: {}, flags: { plugin: [5] } }), refused(/^--plugin: must be a path/))
})

t.test('a program may give settings by their own names, and other defaults', async t => {
  const flags = { memoryBudgetBytes: 5000, accessLog: true, port: undefined, unrelated: 1 }
  const { settings, sources } = await readSettings({ env: {}, flags, defaults: { port: 0, logLevel: 'silent' } })
  t.match(settings, { memoryBudgetBytes: 5000, accessLog: true, port: 0, logLevel: 'silent' })
  t.match(sources, { memoryBudgetBytes: '--memory-budget', port: 'default' })
})

t.test('variables that look like settings but are none are warned of', async t => {
  const { settings, warnings } = await readSettings({
    env: { MODELHOST_PROT: '1', SAGEMAKER_MODEL_SERVER_TIMEOUT: '2', MODELHOST_CONTAINER: 'true' },
  })
  t.equal(settings.predictTimeoutMs, 60_000)
  t.match(warnings, [
    /SAGEMAKER_MODEL_SERVER_TIMEOUT is not used.*_SECONDS/,
    /MODELHOST_PROT is not a setting.*Did you mean "MODELHOST_PORT"\?/,
  ])
  const repaired = { SAGEMAKER_MODEL_SERVER_TIMEOUT: '2', SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS: '2' }
  t.same((await readSettings({ env: repaired })).warnings, [])
})

t.test('every setting has a flag, variables, a default and a sentence for people', async t => {
  t.equal(new Set(settingsTable.map(({ flag }) => flag)).size, settingsTable.length)
  for (const { flag, variables, defaultText, description, wanted } of settingsTable) {
    t.match(flag, /^[a-z][a-z0-9]*(-[a-z]+)*$/)
    t.equal(variables[0], `MODELHOST_${flag.replaceAll('-', '_').toUpperCase()}`)
    t.match(description, /^[A-Z].*\.$/)
    t.ok(defaultText && wanted, flag)
  }
})
