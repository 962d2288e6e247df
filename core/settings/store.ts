/** Settings of a host that has a store, or one model. */
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Type } from 'typebox'
import { bytes, type Default, GiB, milliseconds, names, path, plain, type Setting } from './kinds.js'

/** @see SageMaker developer guide, your-algorithms-inference-code */
const platformModel = '/opt/ml/model'

const count = (standard: number, maximum: number, description: string) =>
  Type.Integer({ minimum: 1, maximum, default: standard, description })

export const storeRows = {
  store: {
    ...path(
      'Where models come from: a folder, or s3://bucket/prefix. The host loads them on demand, and evicts them.',
      {
        flag: 'store',
        placeholder: 'DIR|S3URL',
      },
    ),
    wanted: 'the path of a folder, or s3://bucket/prefix',
    read: readStore,
  },
  single: {
    ...path('The artifact of the one model that the host serves.', { flag: 'single', placeholder: 'DIR' }),
    defaultText: '/opt/ml/model where it exists, there is no store, and SAGEMAKER_MULTI_MODEL is not true',
    default: findPlatformModel,
  },
  preload: names('Target to load before the host is ready.', { flag: 'preload', placeholder: 'TARGET' }),
  pin: names('Target to load before the host is ready, and never to evict.', { flag: 'pin', placeholder: 'TARGET' }),
  loadWaitMs: plain(
    milliseconds(
      50_000,
      'Time that a request waits for its model to be loaded; then it is answered with 429, and the load goes on.',
    ),
    {
      flag: 'load-wait-ms',
      placeholder: 'MS',
    },
  ),
  loadsAtOnce: plain(
    count(8, 1000, 'Models that are loaded at the same time; four times as many are fetched, and others wait.'),
    {
      flag: 'loads-at-once',
      placeholder: 'COUNT',
    },
  ),
  loadQueueLimit: plain(count(1000, 1_000_000, 'Models that may wait for their load.'), {
    flag: 'load-queue-limit',
    placeholder: 'COUNT',
  }),
  idleTimeoutMs: plain(milliseconds(undefined, 'Time without a request after which a model is unloaded.'), {
    flag: 'idle-timeout-ms',
    placeholder: 'MS',
  }),
  fetchTimeoutMs: plain(milliseconds(300_000, 'Time to fetch one artifact from the store, all tries together.'), {
    flag: 'fetch-timeout-ms',
    placeholder: 'MS',
  }),
  maxArchiveBytes: bytes(
    Type.Integer({ minimum: 1, default: 4 * GiB, description: 'Size of one artifact, unpacked.' }),
    { flag: 'max-archive-bytes' },
  ),
  maxArchiveEntries: plain(count(1000, 1_000_000, 'Files and folders in one archive.'), {
    flag: 'max-archive-entries',
    placeholder: 'COUNT',
  }),
  maxArchiveRatio: plain(
    count(200, 1_000_000, 'Bytes that one byte of an archive may become, beyond the first 16 MiB.'),
    {
      flag: 'max-archive-ratio',
      placeholder: 'COUNT',
    },
  ),
  cacheFolder: {
    ...path('Folder of fetched artifacts; several hosts may share it.', { flag: 'cache', placeholder: 'DIR' }),
    defaultText: 'modelhost-cache-UID in the folder for temporary files',
    // Not os.userInfo: a container may be run as a user that its image does not know.
    default: () => ({ value: join(tmpdir(), `modelhost-cache-${process.getuid?.() ?? -1}`), source: 'default' }),
  },
  cacheBudgetBytes: bytes(
    Type.Integer({ minimum: 1, default: 10 * GiB, description: 'Bytes of fetched artifacts on disk.' }),
    { flag: 'cache-budget' },
  ),
  s3Region: {
    ...plain(Type.String({ minLength: 1, description: 'AWS region of the bucket.' }), {
      flag: 's3-region',
      placeholder: 'REGION',
    }),
    defaultText: 'as the AWS SDK finds it (AWS_REGION, ~/.aws/config)',
  },
  s3Endpoint: {
    ...plain(Type.String({ minLength: 1, description: 'URL of a service that speaks S3.' }), {
      flag: 's3-endpoint',
      placeholder: 'URL',
    }),
    defaultText: 'as the AWS SDK finds it (AWS_ENDPOINT_URL_S3, else AWS)',
  },
  s3PathStyle: plain(
    Type.Boolean({ default: false, description: 'The bucket stands in the path, not in the host name.' }),
    {
      flag: 's3-path-style',
    },
  ),
  s3ConnectTimeoutMs: plain(milliseconds(3000, 'Time for a connection to S3.'), {
    flag: 's3-connect-timeout-ms',
    placeholder: 'MS',
  }),
  s3RequestTimeoutMs: plain(milliseconds(10_000, 'Time until S3 begins to answer.'), {
    flag: 's3-request-timeout-ms',
    placeholder: 'MS',
  }),
  s3BodyTimeoutMs: plain(milliseconds(10_000, 'Time in which further bytes of an object must arrive.'), {
    flag: 's3-body-timeout-ms',
    placeholder: 'MS',
  }),
} as const satisfies Record<string, Setting>

/** SageMaker unpacks the model of an endpoint that has one. */
function findPlatformModel(env: NodeJS.ProcessEnv, { store }: Readonly<Record<string, unknown>>): Default {
  const isMultiModel = env.SAGEMAKER_MULTI_MODEL === 'true'
  if (store !== undefined || isMultiModel || !existsSync(platformModel)) return { value: undefined, source: 'default' }
  return { value: platformModel, source: `default, as ${platformModel} exists` }
}

/** A URL stays as it is; the store checks it. */
function readStore(value: unknown, folder: string): unknown {
  if (typeof value !== 'string' || value === '') return undefined
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return /^s3:\/\/[^/]/.test(value) ? value : undefined
  return resolve(folder, value)
}
