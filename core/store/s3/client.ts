/** The client of the AWS SDK: loaded when it is needed, and set up so that it keeps to this host's limits. */
import type * as Sdk from '@aws-sdk/client-s3'
import { makeQuietly, silentSdkLog } from '../../aws-sdk.js'
import { fail } from '../../errors.js'
import type { Settings } from '../../setting-table.js'

export type S3Settings = Pick<
  Settings,
  's3Region' | 's3Endpoint' | 's3PathStyle' | 's3ConnectTimeoutMs' | 's3RequestTimeoutMs' | 's3BodyTimeoutMs'
>

/** @throws HostError CONFIG_INVALID for what the SDK could not use */
export function checkS3Settings({ s3Endpoint, s3Region }: S3Settings): void {
  const protocol = s3Endpoint !== undefined && URL.canParse(s3Endpoint) ? new URL(s3Endpoint).protocol : undefined
  if (s3Endpoint !== undefined && protocol !== 'https:' && protocol !== 'http:') {
    const problem = `"${s3Endpoint}" is no URL. Write one as https://s3.example.com, or http://localhost:9000.`
    throw fail('CONFIG_INVALID', { setting: 's3Endpoint', problem })
  }
  if (s3Region !== undefined && !/^[a-z0-9-]{1,63}$/i.test(s3Region)) {
    const problem = `"${s3Region}" is no region. Write one as eu-central-1.`
    throw fail('CONFIG_INVALID', { setting: 's3Region', problem })
  }
}

export interface OpenedClient {
  readonly sdk: typeof Sdk
  readonly client: Sdk.S3Client
}

export async function openClient(settings: S3Settings): Promise<OpenedClient> {
  const { s3Region, s3Endpoint, s3PathStyle, s3ConnectTimeoutMs } = settings
  const sdk = await import('@aws-sdk/client-s3')
  // A request waits for a socket within its time for a connection; loads are bounded already.
  const agent = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY }
  const client = makeQuietly(
    () =>
      new sdk.S3Client({
        ...(s3Region === undefined ? {} : { region: s3Region }),
        ...(s3Endpoint === undefined ? {} : { endpoint: s3Endpoint }),
        forcePathStyle: s3PathStyle,
        logger: silentSdkLog,
        // Tries are counted here, with those that a broken body needs.
        maxAttempts: 1,
        // Checksums of the whole are checked where the pieces come together.
        responseChecksumValidation: 'WHEN_REQUIRED',
        requestHandler: { connectionTimeout: s3ConnectTimeoutMs, httpAgent: agent, httpsAgent: agent },
      }),
  )
  client.middlewareStack.add(
    (next, { commandName }) =>
      args => {
        const { headers } = args.request as { headers: Record<string, string> }
        if (commandName === 'GetObjectCommand') headers['x-amz-checksum-mode'] = 'ENABLED'
        return next(args)
      },
    { step: 'build', name: 'askForChecksums' },
  )
  return { sdk, client }
}
