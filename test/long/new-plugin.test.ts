import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { pages } from '../docs/pages.js'
import { runPage } from '../docs/run-page.js'
import { freePort } from '../docs/serving.js'
import { endGroup } from '../docs/terminal.js'
import { folder } from '../helpers/artifacts.js'

/** A model type of one's own, as people come to it: with npm, the packed library, and the commands of the guide. */

const root = fileURLToPath(new URL('../../../', import.meta.url))
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
// npm asks its registry for nothing that it has; of what it starts here, the guide's commands too.
Object.assign(process.env, { npm_config_prefer_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' })

// npm fetches and builds, on a machine that has other things to do.
const timeout = 900_000
t.setTimeout(timeout)

const exec = promisify(execFile)
// tap adds a loader of its own to the options of each child; the TypeScript compiler does not start with it.
const plain = ['-u', 'NODE_OPTIONS']
const run = (cwd: string, program: string, ...args: string[]) => exec('env', [...plain, program, ...args], { cwd })
const seconds = (sinceMs: number) => `${((performance.now() - sinceMs) / 1000).toFixed(0)} s`

/** Runs the guide; what it made is there until the test ends. */
async function followGuide(t: Test): Promise<string> {
  const guide = 'docs/authoring.md'
  const how = pages[guide]!
  const lines = (await readFile(join(root, guide), 'utf8')).split('\n')
  const endOfJourney = lines.indexOf('## What the files are')
  let path = ''
  let startMs = 0
  let journeyMs = Number.POSITIVE_INFINITY
  await runPage(t, guide, {
    ...how,
    async before(t, place) {
      await how.before!(t, place)
      path = place.path
      startMs = performance.now()
    },
    onDone({ line }) {
      if (line < endOfJourney) journeyMs = performance.now() - startMs
    },
  })
  t.comment(`new, install, test, train, serve and invoke took ${(journeyMs / 1000).toFixed(0)} s`)
  t.ok(journeyMs < 300_000, 'five minutes are enough')
  return path
}

t.test(
  'the guide leads from an empty folder to a published plugin, with no command but its own',
  { timeout },
  async t => {
    const path = await followGuide(t)
    const plugin = join(path, 'first', 'my-sentiment')
    const library = join(path, 'modelhost', `modelhost-${version}.tgz`)

    await t.test('what is published is the compiled plugin, and no more', async t => {
      const { stdout } = await run(plugin, 'npm', 'pack', '--json', '--dry-run', '--ignore-scripts')
      const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
      const names = files.map(file => file.path)
      t.same(names.filter(name => !/^dist\/src\/\w+\.(js|js\.map|d\.ts)$/.test(name)).sort(), [
        'README.md',
        'package.json',
        'params.json',
      ])
      t.ok(names.includes('dist/src/index.js'))
    })

    await t.test('a project whose dependency it is not trains and serves it by the name of its package', async t => {
      // What is installed above is found from here, but this package.json asks for nothing.
      const app = join(path, 'first', 'letters')
      await mkdir(app)
      await writeFile(join(app, 'package.json'), '{ "private": true }\n')
      await writeFile(join(app, 'texts.csv'), 'label,text\na,one\nb,two\n')
      const train = ['modelhost', 'train', 'MySentiment', '--train', 'texts.csv', '--output', 'models/letters']
      await t.rejects(run(app, 'npx', ...train), { message: /"MySentiment", which no plugin provides/ })
      await run(app, 'npx', ...train, '--plugin', 'my-sentiment')

      const serve = ['--plugin', 'my-sentiment', '--store', 'models', '--port', '0']
      const { url } = await start(t, app, {}, 'npx', 'modelhost', 'serve', ...serve)
      t.match(await ask(url, 'letters', 'two'), { label: 'b' })
    })

    await t.test('npm run dev serves what is written, as soon as it is compiled', async t => {
      const port = await freePort()
      const { url, end } = await start(t, plugin, { MODELHOST_PORT: `${port}` }, 'npm', 'run', 'dev')
      t.match(await ask(url, 'reviews', 'It is not good'), { label: 'negative' })
      const file = join(plugin, 'src', 'model.ts')
      const code = await readFile(file, 'utf8')
      await writeFile(file, code.replace('label: labels[', 'label: "new " + labels['))
      const isNew = async () => (await ask(url, 'reviews', 'It is not good')).label === 'new negative'
      const startMs = performance.now()
      while (!(await isNew())) await new Promise(resolve => setTimeout(resolve, 200))
      t.comment(`from the save to the new answer it took ${seconds(startMs)}`)
      await end()
      await t.rejects(ask(url, 'reviews', 'gone'), 'compiler and host end together')
    })

    await t.test('npm create modelhost makes the same package, and asks for a name', async t => {
      const empty = await folder(t)
      await run(root, 'npm', 'pack', './cli/create', '--pack-destination', empty)
      const packages = [`create-modelhost-${version}.tgz`, library].map(tarball => `--package=${tarball}`)
      const words = ['my-sentiment', '--modelhost', library]
      const { stdout } = await run(empty, 'npm', 'exec', '--yes', ...packages, '--', 'create-modelhost', ...words)
      t.match(stdout, /^Wrote 15 files into my-sentiment:/)
      const made = join(empty, 'my-sentiment')
      const { devDependencies } = JSON.parse(await readFile(join(made, 'package.json'), 'utf8'))
      t.equal(resolve(made, devDependencies.modelhost.replace('file:', '')), library)
      const names = await readdir(made, { recursive: true })
      const there = await readdir(plugin, { recursive: true })
      t.same(
        names.filter(name => !there.includes(name)),
        [],
      )

      await copyFile(join(root, 'cli/create/create-modelhost.js'), join(path, 'first', 'create.mjs'))
      const asked = run(join(path, 'first'), process.execPath, 'create.mjs')
      await t.rejects(asked, { code: 2, message: /the package has no name. Write: npm create modelhost my-sentiment/ })
    })
  },
)

/** Starts a program that serves, and waits until it listens. */
async function start(t: Test, cwd: string, more: Readonly<Record<string, string>>, program: string, ...args: string[]) {
  const child = spawn('env', [...plain, program, ...args], {
    cwd,
    env: { ...process.env, ...more },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => endGroup(child))
  const ended = once(child, 'close')
  let told = ''
  child.stderr.on('data', chunk => (told += chunk))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', line => {
      told += `${line}\n`
      const [, found] = /^listening on (http:\S+)$/.exec(line) ?? []
      if (found) resolve(found)
    })
    void ended.then(() => reject(new Error(told)))
  })
  return {
    url,
    /** As Ctrl-C does, which a terminal sends to all of them. */
    async end() {
      process.kill(-child.pid!, 'SIGINT')
      await ended
    },
  }
}

async function ask(url: string, target: string, text: string): Promise<{ label: string }> {
  const headers = { 'content-type': 'text/plain', 'x-amzn-sagemaker-target-model': target }
  const answer = await fetch(`${url}/invocations`, { method: 'POST', headers, body: text })
  return (await answer.json()) as { label: string }
}
