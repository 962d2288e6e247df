/** Where a page is run: its folder, what it calls things, and what they are called here. */
import { join } from 'node:path'
import type { Test } from 'tap'
import { type S3Server, s3Env, startS3 } from '../helpers/s3-server.js'
import { makePageFolder, root } from './page-folder.js'

export interface Place {
  readonly path: string
  /** Where the shell of the page is. */
  cwd: string
  /** Host and port that take the place of those of the page. */
  address: string
  /** What is here -> how the page writes it. */
  readonly names: [string, string][]
  /** Where the page has the bucket `my-models`. */
  readonly s3: S3Server | undefined
  readonly env: NodeJS.ProcessEnv
}

export interface PlaceOptions {
  /** What the page calls the folder in which it is run. */
  readonly home?: string
  /** It begins beside a fresh clone, `modelhost`, and uses what it installs itself. */
  readonly isCloned?: true
}

const bucket = /s3:\/\/my-models(?:-dev)?\//g
/** Folders of a clone that examples read from. */
const cloneFolders = /(?<=[ =(<])(cli\/workspace\/files\/data|docs\/tutorials\/sample)\//g
const localHost = /(?:localhost|127\.0\.0\.1):8080/g

export async function makePlace(t: Test, text: string, { home, isCloned }: PlaceOptions): Promise<Place> {
  const { path, bin } = await makePageFolder(t, isCloned === true)
  const s3 = text.match(bucket) ? await startS3(t) : undefined
  const there = home ?? '/home/you/modelhost'
  const names: [string, string][] = [
    [path, there],
    [root, there],
  ]
  return { path, cwd: path, address: 'localhost:8080', names, s3, env: environment(path, bin, s3?.url) }
}

/** What of the page is typed here. */
export function typedHere({ names, address }: Place, script: string): string {
  return names
    .reduce((rest, [here, there]) => rest.replaceAll(there, here), script)
    .replaceAll(bucket, 's3://models/')
    .replaceAll(localHost, address)
    .replaceAll(cloneFolders, `${root}/$1/`)
}

/** What of what was printed here a page shows. */
export function shownThere({ names, address }: Place, printed: string): string {
  return names
    .reduce((rest, [here, there]) => rest.replaceAll(here, there), printed)
    .replaceAll('s3://models/', 's3://my-models/')
    .replaceAll(address, 'localhost:8080')
    .replaceAll(localHost, 'localhost:8080')
}

function environment(path: string, bin: string, s3: string | undefined): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, PATH, ...rest } = process.env
  const s3Settings = {
    MODELHOST_S3_ENDPOINT: s3,
    MODELHOST_S3_PATH_STYLE: 'true',
    MODELHOST_CACHE: join(path, '.cache'),
  }
  return {
    ...rest,
    PATH: `${bin}:${PATH}`,
    MODELHOST_LANES: '2',
    npm_config_prefer_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    ...(s3 === undefined ? {} : { ...s3Settings, ...s3Env, AWS_DEFAULT_REGION: s3Env.AWS_REGION }),
  }
}
