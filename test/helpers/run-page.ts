import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { folder } from './artifacts.js'
import { startHostProcess } from './host-process.js'
import { s3Env, startS3 } from './s3-server.js'

const run = promisify(execFile)
const docs = new URL('../../../docs/', import.meta.url)
const root = fileURLToPath(new URL('..', docs)).replace(/\/$/, '')
const main = fileURLToPath(new URL('../cli/modelhost.js', docs))
/** Folders of a clone that examples read from. */
const cloneFolders = /(?<=[ =])(cli\/workspace\/files\/data|docs\/tutorials\/sample)\//g

interface Expected {
  readonly files: readonly string[]
  readonly examples: number
  /** Heading of the part whose examples are run; without it those of the whole page. */
  readonly section?: string
}

/**
 * Runs the examples of a page in an empty folder that has the files of the page, and compares what they print with what
 * stands below them. A synopsis, which begins with `modelhost`, is no example; one that only starts a host goes on until
 * the test ends. The bucket `my-models` is there, and empty.
 */
export async function runPage(t: Test, name: string, { files, examples: count, section }: Expected) {
  const page = partOf(await readFile(new URL(name, docs), 'utf8'), section)
  const named = [...page.matchAll(/^`(\S+)`:\n\n```\w*\n(.*?)```$/gms)]
  const path = await folder(t, Object.fromEntries(named.map(([, file, content]) => [file!, content!])))
  t.same(named.map(([, file]) => file).sort(), files)

  const examples = [...page.matchAll(/^```(sh|js)\n(?!modelhost)(.*?)```(?:\n\n```(?:json)?\n(.*?)```)?$/gms)]
  t.equal(examples.length, count)
  const bucket = page.includes('s3://my-models') ? (await startS3(t)).url : undefined
  let url = 'localhost:8080'
  const here = (text: string) => text.replaceAll('s3://my-models', 's3://models').replaceAll('localhost:8080', url)
  const variables = bucket ? { MODELHOST_S3_ENDPOINT: bucket, MODELHOST_S3_PATH_STYLE: 'true', ...s3Env } : {}

  for (const [, language, commands, shown] of examples) {
    const serve = /^npx modelhost serve (.*)\n$/.exec(commands!)
    if (serve) {
      const s3 = bucket ? ['--s3-endpoint', bucket, '--s3-path-style', '--cache', join(path, 'cache')] : []
      url = (await startHostProcess(t, [...here(serve[1]!).split(' '), ...s3])).url.replace('http://', '')
      continue
    }
    if (/^aws /m.test(commands!) && !(await isThere('aws'))) continue
    const script = here(commands!)
      .replaceAll('npx modelhost', `'${process.execPath}' '${main}'`)
      .replaceAll(/^( *)curl /gm, "$1curl -sS -w '\\n' ")
      .replaceAll(cloneFolders, `${root}/$1/`)
    const program = language === 'js' ? [process.execPath, '--input-type=module', '-e'] : ['bash', '-c']
    const sagemaker = { AWS_DEFAULT_REGION: s3Env.AWS_REGION, AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: `http://${url}` }
    const env = { ...process.env, ...variables, ...sagemaker }
    // What is imported is found from the clone.
    const cwd = language === 'js' ? root : path
    const { stdout } = await run('env', ['-u', 'NODE_OPTIONS', ...program, script], { cwd, env })
    // The page is read in a clone, and works in it.
    const printed = [path, root].reduce((text, folder) => text.replaceAll(folder, '/home/you/modelhost'), stdout)
    const there = printed.replaceAll('s3://models', 's3://my-models').replaceAll(url, 'localhost:8080')
    if (shown) t.equal(withoutTimes(there).trimEnd(), withoutTimes(shown).trimEnd(), commands!)
  }
}

const isThere = (program: string) =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  )

/** From its heading to the next one of its rank. */
function partOf(page: string, section: string | undefined): string {
  if (section === undefined) return page
  const [, part] = page.split(`\n## ${section}\n`)
  if (part === undefined) throw new Error(`The page has no part "${section}".`)
  return part.split('\n## ')[0]!
}

const withoutTimes = (text: string) =>
  text
    .replaceAll(/("seconds":|trained in |dur=)[\d.]+/g, '$10')
    .replaceAll(/"(modifiedAt|lastUsedAt)":"[^"]+"/g, '"$1":"..."')
    // Of archives, which other versions of Node pack otherwise.
    .replaceAll(/("fileBytes":)\d+/g, '$10')
