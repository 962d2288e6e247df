import type { S3StoreSettings } from '../core/store/s3/s3-store.js'
import { camelCase } from './command.js'

/** What commands that speak with S3 are told about it. */

export const s3Options = {
  's3-region': { value: 'REGION', description: 'AWS region of the bucket (environment: MODELHOST_S3_REGION).' },
  's3-endpoint': {
    value: 'URL',
    description: 'URL of a service that speaks S3 (environment: MODELHOST_S3_ENDPOINT).',
  },
  's3-path-style': {
    description: 'The bucket stands in the path, not in the host name (environment: MODELHOST_S3_PATH_STYLE).',
  },
} as const

/** What one archive may cost, as a host has it. */
export const archiveOptions = {
  'max-archive-bytes': { value: 'BYTES', description: 'Size of one artifact, unpacked (default: 4GiB).' },
  'max-archive-entries': { value: 'COUNT', description: 'Files and folders in one archive (default: 1000).' },
} as const

/**
 * Flags and the variables of the same settings of a host; none of its others.
 *
 * @throws HostError CONFIG_INVALID
 */
export async function readS3Settings(
  flags: Readonly<Record<string, string | boolean | undefined>>,
): Promise<Omit<S3StoreSettings, 'store'>> {
  const { readSettings } = await import('../core/host.js')
  const given = Object.entries(flags).filter(([, value]) => value !== undefined && value !== false)
  const env = Object.entries(process.env).filter(([name]) => /^MODELHOST_(S3|MAX_ARCHIVE)_/.test(name))
  const { settings } = await readSettings({
    flags: {
      ...Object.fromEntries(given.map(([flag, value]) => [camelCase(flag), value])),
      // Nothing of plugins is asked here.
      onlyGivenPlugins: true,
    },
    env: Object.fromEntries(env),
  })
  const { checkS3Settings } = await import('../core/store/s3/client.js')
  checkS3Settings(settings)
  return settings
}
