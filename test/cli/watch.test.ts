import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { createSettling } from '../../cli/watch/settling.js'
import { counts, type Watched, watchedArtifacts, watchedModules, watchedPaths } from '../../cli/watch/watched.js'
import { createWatcher } from '../../cli/watch/watcher.js'
import { folder } from '../helpers/artifacts.js'

/** The pieces of `serve --watch`; test/long/watch.test.ts runs it. */

const module = (...names: string[]) => [pathToFileURL(join(...names)).href]
const doesCount = (watched: readonly Watched[], path: string, store?: string) =>
  watched.some(each => counts(path, each, store))

t.test('of a plugin that is built, what is built and its package.json count', async t => {
  const home = await folder(t, {
    'package.json': '{}',
    'dist/index.js': '',
    'src/index.ts': '',
    'node_modules/x/a.js': '',
  })
  const watched = watchedModules(module(home, 'dist/index.js'), undefined, 0)
  for (const name of ['dist', 'dist/index.js', 'dist/deep/data.json', 'package.json']) {
    t.ok(doesCount(watched, join(home, name)), name)
  }
  for (const name of [
    'src',
    'src/a.js',
    'README.md',
    'dist/index.d.ts',
    'dist/index.js.map',
    'dist/dev.log',
    'dist/.cache/a.js',
    'dist2',
    '..',
  ]) {
    t.notOk(doesCount(watched, join(home, name)), name)
  }
})

t.test('where the entry lies deep in what is built, all that is built counts', async t => {
  const home = await folder(t, { 'package.json': '{}', 'dist/src/index.js': '' })
  const watched = watchedModules(module(home, 'dist/src/index.js'), undefined, 0)
  t.ok(doesCount(watched, join(home, 'dist/lib/words.js')))
  t.notOk(doesCount(watched, join(home, 'lib/words.js')))
})

t.test(
  'of a plugin with its entry at the top, all counts but packages, sources, hidden files and the store',
  async t => {
    const home = await folder(t, { 'package.json': '{}', 'index.js': '' })
    const watched = watchedModules(module(home, 'index.js'), undefined, 0)
    const store = join(home, 'artifacts')
    for (const name of ['index.js', 'lib/rank.js', 'words.safetensors', 'artifacts.json']) {
      t.ok(doesCount(watched, join(home, name), store), name)
    }
    for (const name of [
      'node_modules/x/a.js',
      '.git/HEAD',
      'src/a.ts',
      'a.mts',
      'index.js~',
      'artifacts',
      'artifacts/a/model',
    ]) {
      t.notOk(doesCount(watched, join(home, name), store), name)
    }
    t.ok(doesCount(watched, join(home, 'index.js'), home), 'a store around the plugin hides nothing of it')
  },
)

t.test('a package that npm installed is watched by itself, not what lies around it', async t => {
  const home = await folder(t, {
    'package.json': '{}',
    'node_modules/bare/index.js': '',
    'node_modules/p/package.json': '{}',
  })
  const packages = join(home, 'node_modules')
  const bare = watchedModules(module(packages, 'bare/index.js'), undefined, 0)
  t.same(
    bare.map(each => each.folder),
    [join(packages, 'bare')],
    'one without a package.json',
  )
  const found = watchedModules(module(packages, 'p/dist/index.js'), join(home, 'plugins'), 0)
  t.ok(doesCount(found, join(packages, 'p/dist/index.js')))
  t.ok(doesCount(found, join(home, 'plugins/new/index.js')), 'the folder of plugins, too')
  t.notOk(doesCount(found, join(packages, 'other/index.js')))
})

t.test('where a plugin cannot be imported, all of it may mend it; one that is not there is waited for', async t => {
  const home = await folder(t, { 'package.json': '{}', 'file.js': '' })
  const paths = [home, join(home, 'file.js'), join(home, 'dist/late/index.js'), 'name-of-a-package']
  const watched = watchedPaths(paths, 0)
  t.same(
    watched.map(each => each.folder),
    [home, home, home],
    'folders that are there',
  )
  t.ok(doesCount(watched.slice(2), join(home, 'dist')))
  t.notOk(doesCount(watched.slice(2), join(home, 'other')))
})

t.test('artifacts of loaded models are watched where they lie on this machine', t => {
  const model = { modelName: 'm', url: 'a/b', isPinned: false, sinceMs: 7 }
  const paths = (mode: 'platform' | 'standalone' | 'single', store?: string) =>
    watchedArtifacts([model], { mode, store, single: '/one/model' }, 0).map(({ within }) => within)
  t.same(paths('standalone', '/store'), ['/store/a/b'])
  t.same(paths('standalone', 's3://bucket/live'), [])
  t.same(paths('platform'), [join(process.cwd(), 'a/b')])
  t.same(paths('single'), ['/one/model'])
  const [watched] = watchedArtifacts([model], { mode: 'standalone', store: '/store', single: undefined }, 0)
  t.same(watched, { folder: '/store/a', within: '/store/a/b', isPlugin: false, sinceMs: 7 })
  t.ok(doesCount([watched!], '/store/a/b/b-params.json', '/store'))
  t.notOk(doesCount([watched!], '/store/a/c/c-params.json', '/store'), 'nobody has loaded that one')
  t.notOk(doesCount([watched!], '/store/a/b/.upload/b-model', '/store'))
  t.end()
})

t.test('what a build writes is one change, told when nothing has come for a while', async t => {
  const settling = createSettling(20)
  const settled = settling.settled()
  for (const name of ['a.js', 'b.js', 'a.js']) settling.note(name)
  await settled
  t.same(settling.take(), ['a.js', 'b.js'])
  settling.note('c.js')
  await settling.settled()
  for (let i = 0; i < 1000; i++) settling.note(`${i}.js`)
  t.equal(settling.take().length, 100, 'names of very many are left out')
  t.same(settling.take(), [])
})

async function watching(t: Test, watched: readonly Watched[]) {
  const seen = new Set<string>()
  let notify = () => {}
  const watcher = createWatcher({
    store: undefined,
    onChange: path => {
      seen.add(path)
      notify()
    },
    onError: error => t.fail(String(error)),
  })
  t.teardown(() => watcher.close())
  await watcher.set(watched)
  /** Resolves once a change of this path was told. */
  const saw = async (path: string) => {
    while (!seen.has(path))
      await new Promise<void>(resolve => {
        notify = resolve
      })
  }
  return { seen, saw, set: watcher.set }
}

t.test('new files, changed ones, and those that go are seen, also in folders that come and go', async t => {
  const home = await folder(t, { 'package.json': '{}', 'dist/index.js': 'a' })
  const at = (name: string) => join(home, name)
  const { seen, saw, set } = await watching(
    t,
    watchedModules(module(home, 'dist/index.js'), undefined, Date.now() + 60_000),
  )
  t.same([...seen], [], 'nothing, before anything changes')
  await writeFile(at('dist/index.js'), 'b')
  await saw(at('dist/index.js'))
  seen.delete(at('dist/index.js'))
  await rm(at('dist'), { recursive: true })
  await saw(at('dist/index.js'))
  await mkdir(at('dist/deep'), { recursive: true })
  await writeFile(at('dist/deep/rank.js'), 'c')
  await saw(at('dist/deep/rank.js'))
  await writeFile(at('README.md'), 'words')
  await writeFile(at('package.json'), '{"main": "dist/index.js"}')
  await saw(at('package.json'))
  t.notOk(seen.has(at('README.md')))
  await set([])
  await t.resolves(set([]), 'nothing is watched any more')
})

t.test(
  'what changed before it was watched is seen by its time, as is a folder put in the place of another',
  async t => {
    const home = await folder(t, {
      'store/a/a-model': 'old',
      'new/a-model': 'new',
      'newer/a-model': 'newer',
      'store/b/b-model': 'old',
    })
    const at = (name: string) => join(home, name)
    const model = (url: string, sinceMs: number) => ({ modelName: url, url, isPinned: false, sinceMs })
    const place = { mode: 'standalone', store: at('store'), single: undefined } as const
    const later = Date.now() + 60_000
    const { seen, saw } = await watching(t, watchedArtifacts([model('a', 0), model('b', later)], place, 0))
    await saw(at('store/a/a-model'))
    t.notOk(seen.has(at('store/b/b-model')), 'one that was loaded since')
    seen.clear()
    await rename(at('store/a'), at('gone'))
    await rename(at('new'), at('store/a'))
    await saw(at('store/a/a-model'))
  },
)
