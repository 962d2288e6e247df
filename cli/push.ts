import { createHash } from 'node:crypto'
import { basename, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import type { S3Settings } from '../core/store/s3/client.js'
import type { Upload } from '../core/store/s3/upload.js'
import { parseS3Url } from '../core/store/s3/url.js'
import { targetProblem } from '../core/store/target.js'
import { artifactFolder, artifactHelp } from './artifact-target.js'
import { CommandError, defineCommand, UsageError } from './command.js'
import { runJob } from './job.js'
import { pluginOption } from './options.js'
import { readS3Settings, s3Options } from './s3-options.js'

export const pushCommand = defineCommand({
  name: 'push',
  summary: 'put the archive of an artifact into S3',
  description: [
    'Packs an artifact as "modelhost pack" does, and puts the archive into S3, which checks that it came whole.',
    'Credentials, and the region where none is said, are found as the AWS SDK finds them.',
    'An object that is there already is not replaced, unless you say so.',
    'What was put goes to stdout, with the target by which a host asks for it.',
  ].join('\n'),
  arguments: {
    DIR: { description: artifactHelp },
    URL: { description: 's3://bucket/prefix/name.tar.gz; or s3://bucket/prefix/ for the name of the folder.' },
  },
  options: {
    overwrite: { description: 'Replace an object that is there.' },
    plugin: pluginOption,
    ...s3Options,
    json: { description: 'Print JSON.' },
  },
  examples: {
    'modelhost push out/claims s3://models/live/': 'puts s3://models/live/claims.tar.gz',
    'modelhost push out/claims s3://models/live/claims.tar.gz --overwrite':
      'replaces it; hosts load it at the next load',
  },
  async run({ DIR, URL, overwrite, plugin, json, ...given }) {
    const folder = artifactFolder(DIR)
    const place = readPlace(URL, folder)
    const settings = await readS3Settings(given)
    const { packArtifact } = await import('../core/pack.js')
    const { readCatalog } = await import('../core/host.js')
    const packed = await packArtifact(folder, await readCatalog(plugin))
    const pushed = await runJob('silent', async ({ signal }) => {
      // In words for people, whatever it stops.
      const stop = new AbortController()
      signal.addEventListener('abort', () => stop.abort(new CommandError(`stopped by ${signal.reason.message}`)))
      const measured = await measure(packed.open(), stop.signal)
      return push({ ...place, ...measured, overwrite, open: packed.open }, place.bucket, settings, stop.signal)
    })
    const { url, store, target } = place
    const report = { url, ...pushed, store, target }
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : render(report))
  },
})

interface Place {
  readonly url: string
  readonly bucket: string
  readonly key: string
  /** The store in which the object is a target of this name. */
  readonly store: string
  readonly target: string
}

/** @throws UsageError */
function readPlace(given: string, folder: string): Place {
  const place = parseS3Url(given)
  if ('problem' in place) throw new UsageError(`${given} ${place.problem}. Write s3://bucket/prefix/name.tar.gz.`)
  const { bucket } = place
  const isPrefix = place.key === '' || place.key.endsWith('/')
  const key = isPrefix ? `${place.key}${basename(resolve(folder)).normalize('NFC')}.tar.gz` : place.key
  const slash = key.lastIndexOf('/')
  const target = key.slice(slash + 1)
  if (!/\.(tar\.gz|tgz)$/.test(target))
    throw new UsageError(`${given} does not end with .tar.gz. End it with a slash where it is to be a prefix.`)
  const problem = targetProblem(target)
  if (problem) throw new UsageError(`"${target}" ${problem}, so that no host could load it. Name it in the URL.`)
  const store = slash < 0 ? `s3://${bucket}` : `s3://${bucket}/${key.slice(0, slash)}`
  return { url: `s3://${bucket}/${key}`, bucket, key, store, target }
}

/** What S3 wants to know first: the archive is made once for that, and once for each time that it is sent. */
async function measure(archive: Readable, signal: AbortSignal): Promise<Pick<Upload, 'bytes' | 'sha256' | 'md5'>> {
  const sha256 = createHash('sha256')
  const md5 = createHash('md5')
  let bytes = 0
  const stop = () => archive.destroy(signal.reason)
  signal.addEventListener('abort', stop)
  for await (const chunk of archive as AsyncIterable<Buffer>) {
    sha256.update(chunk)
    md5.update(chunk)
    bytes += chunk.length
  }
  signal.removeEventListener('abort', stop)
  return { bytes, sha256: sha256.digest(), md5: md5.digest() }
}

interface Pushed {
  readonly bytes: number
  readonly etag: string
  readonly sha256: string
}

async function push(upload: Upload, name: string, settings: S3Settings, signal: AbortSignal): Promise<Pushed> {
  const { maxUploadBytes, uploadTo } = await import('../core/store/s3/upload.js')
  const { url, bytes, sha256 } = upload
  if (bytes > maxUploadBytes)
    throw new CommandError(`The archive has ${bytes} bytes, more than the ${maxUploadBytes} that S3 takes at once.`)
  const etag = await uploadTo(name, settings, upload, signal)
  if (etag === undefined) throw new CommandError(`There is ${url} already. Replace it with --overwrite.`)
  return { bytes, etag, sha256: sha256.toString('hex') }
}

type Report = Pushed & Pick<Place, 'url' | 'store' | 'target'>

function render({ url, bytes, etag, sha256, store, target }: Report): string {
  return [
    `${url}\n`,
    `  ${bytes} bytes, ETag ${etag}, sha256 ${sha256}\n`,
    `  target "${target}" of: modelhost serve --store ${store}\n`,
  ].join('')
}
