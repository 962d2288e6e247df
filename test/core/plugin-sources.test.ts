import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { pluginOption } from '../../cli/options.js'
import { surveyPlugins } from '../../core/catalog.js'
import { readSettings } from '../../core/config.js'
import { type Files, folder } from '../helpers/artifacts.js'
import { pluginPackage, pluginSource } from '../helpers/plugin-source.js'

/** A folder to work in until the test is over. */
async function workIn(t: Test, files: Files, below = ''): Promise<string> {
  const path = await folder(t, files)
  const before = process.cwd()
  t.teardown(() => process.chdir(before))
  process.chdir(join(path, below))
  return path
}

const installed = (name: string, pluginName: string, fields: object = {}) => ({
  [`node_modules/${name}/package.json`]: pluginPackage(name, fields),
  [`node_modules/${name}/index.js`]: pluginSource(pluginName),
})
const application = (...names: string[]) =>
  JSON.stringify({ name: 'app', dependencies: Object.fromEntries(names.map(name => [name, '*'])) })

t.test('plugins are those given, those of the folder, and those of the application, in this order', async t => {
  const path = await workIn(
    t,
    {
      'package.json': application('plain', '@mine/found', 'absent', 'modelhost'),
      ...installed('@mine/found', 'Found'),
      ...installed('plain', 'Plain', { keywords: ['plugin'] }),
      ...installed('not-named', 'NotNamed'),
      // Whatever it says of itself.
      ...installed('modelhost', 'Host'),
      ...installed('given', 'Given', { keywords: undefined }),
      'work/plugins/own.mjs': pluginSource('Own'),
      'work/deep/mine.mjs': pluginSource('Mine'),
    },
    'work/deep',
  )
  const flags = { plugin: ['./mine.mjs', 'given'], pluginFolder: '../plugins' }
  const { settings, places } = await readSettings({ flags, env: {} })
  const at = (name: string) => join(path, name)
  t.same(settings.plugins, [
    at('work/deep/mine.mjs'),
    at('node_modules/given'),
    at('work/plugins/own.mjs'),
    at('node_modules/@mine/found'),
  ])
  const { entries, broken } = await surveyPlugins(places, { builtIn: [] })
  t.same(broken, [])
  t.same(
    entries.map(({ plugin, origin }) => [plugin.name, origin]),
    [
      ['Mine', { kind: '--plugin' }],
      ['Given', { kind: '--plugin' }],
      ['Own', { kind: 'folder', path: at('work/plugins') }],
      ['Found', { kind: 'application', path: at('package.json') }],
    ],
  )
})

t.test('the application can be left out, and is in the container', async t => {
  await workIn(t, { 'package.json': application('found'), ...installed('found', 'Found') })
  const plugins = async (flags: Record<string, unknown>, env: NodeJS.ProcessEnv = {}) =>
    (await readSettings({ flags, env })).settings.plugins.length
  t.equal(await plugins({}), 1)
  t.equal(await plugins({ onlyGivenPlugins: true }), 0)
  t.equal(await plugins({}, { MODELHOST_ONLY_GIVEN_PLUGINS: 'true' }), 0)
  t.equal(await plugins({}, { MODELHOST_CONTAINER: 'true' }), 0)
  t.equal(await plugins({}, { MODELHOST_CONTAINER: 'true', MODELHOST_ONLY_GIVEN_PLUGINS: 'false' }), 1)
})

t.test('a name is that of a package only where no path is meant', async t => {
  const path = await workIn(t, {
    ...installed('both', 'Package'),
    'both/package.json': pluginPackage('both'),
    'both/index.js': pluginSource('Folder'),
    ...installed('@mine/one', 'One'),
    'one/package.json': pluginPackage('one'),
  })
  const pathsOf = async (...plugin: string[]) => (await readSettings({ flags: { plugin }, env: {} })).settings.plugins
  t.same(await pathsOf('both', '@mine/one', './none', 'one/none.js'), [
    join(path, 'both'),
    join(path, 'node_modules/@mine/one'),
    join(path, 'none'),
    join(path, 'one/none.js'),
  ])
  t.same((await readSettings({ env: { MODELHOST_PLUGIN: '@mine/one:./x' } })).settings.plugins, [
    join(path, 'node_modules/@mine/one'),
    join(path, 'x'),
  ])
  const message = new RegExp(
    `^Plugin @mine/two: there is no package of this name in ${path}/node_modules, .*/node_modules. ` +
      'Run npm install @mine/two, or write ./@mine/two where it is a file or folder.$',
  )
  await t.rejects(pathsOf('@mine/two'), { code: 'PLUGIN_INVALID', message })
})

t.test('packages are looked for where Node does', async t => {
  const path = await workIn(t, installed('@mine/one', 'One'), 'node_modules/@mine/one')
  const message = `there is no package of this name in ${path}/node_modules/@mine/one/node_modules, ${path}/node_modules/@mine/node_modules, ${path}/node_modules, `
  await t.rejects(readSettings({ flags: { plugin: ['nobody'] }, env: {} }), { message: new RegExp(message) })
})

t.test('a plugin that is named, in the folder, and a dependency by a link, is there once', async t => {
  const path = await workIn(t, {
    'package.json': application('mine'),
    'mine/package.json': pluginPackage('mine'),
    'mine/index.js': pluginSource('Mine'),
    'plugins/.keep': '',
  })
  await mkdir(join(path, 'node_modules'))
  await symlink(join(path, 'mine'), join(path, 'node_modules/mine'))
  await symlink(join(path, 'mine'), join(path, 'plugins/mine'))
  const { places } = await readSettings({ flags: { plugin: ['./mine'], pluginFolder: 'plugins' }, env: {} })
  t.equal(places.length, 3)
  const { entries, broken } = await surveyPlugins(places, { builtIn: [] })
  t.same([entries.length, broken.length], [1, 0])
  t.match(entries[0], { origin: { kind: '--plugin' }, source: join(path, 'mine') })
})

t.test('a package.json that cannot be used is named, and how to start without it', async t => {
  const cases: [string, Files, RegExp][] = [
    ['no JSON', { 'package.json': '{' }, /^Plugin HERE\/package.json: it names no plugins, as it is not valid JSON/],
    [
      'a list',
      { 'package.json': '[]' },
      /HERE\/package.json: .* does not hold an object\. Mend it\. MODELHOST_ONLY_GIVEN_PLUGINS=true leaves/,
    ],
    ['no object', { 'package.json': '{"dependencies": "mine"}' }, /has "dependencies" that are no object of packages/],
    [
      'a dependency',
      { 'package.json': application('mine'), 'node_modules/mine/package.json': '"mine"' },
      /HERE\/node_modules\/mine\/package.json: its package.json does not hold an object. Run npm install mine in HERE again/,
    ],
  ]
  for (const [title, files, message] of cases) {
    await t.test(title, async t => {
      const path = await workIn(t, files)
      const error = await readSettings({ env: {} }).catch(thrown => thrown)
      t.equal(error.code, 'PLUGIN_INVALID')
      t.match(error.message.replaceAll(path, 'HERE'), message)
      t.same((await readSettings({ env: {}, flags: { onlyGivenPlugins: true } })).settings.plugins, [])
      t.match((await readSettings({ env: {}, mayPluginsBeMissing: true })).settings.plugins, [])
    })
  }
})

t.test('package.json files that begin with a byte order mark are read, as npm and Node read them', async t => {
  const mark = '\uFEFF'
  const path = await workIn(t, {
    'package.json': mark + application('mine'),
    'node_modules/mine/package.json': mark + pluginPackage('mine'),
    'node_modules/mine/index.js': pluginSource('Mine'),
    'plugins/package.json': `${mark}{"dependencies": {"other": "*"}}`,
    'plugins/node_modules/other/package.json': mark + pluginPackage('other'),
    'plugins/node_modules/other/index.js': pluginSource('Other'),
  })
  const { places } = await readSettings({ flags: { pluginFolder: join(path, 'plugins') }, env: {} })
  const { entries, broken } = await surveyPlugins(places, { builtIn: [] })
  t.same(broken, [])
  t.same(
    entries.map(({ plugin }) => plugin.name),
    ['Other', 'Mine'],
  )
})

t.test('the working folder has a name, too', async t => {
  const path = await workIn(t, { 'a.mjs': pluginSource('Mine'), 'b.mjs': pluginSource('Mine') })
  const { places } = await readSettings({ flags: { pluginFolder: path }, env: {} })
  const { broken } = await surveyPlugins(places, { builtIn: [] })
  t.match(broken[0]!.error.message, /b\.mjs is version 1\.0\.0, in the folder of plugins \.\.$/)
})

t.test('odd names of dependencies, and odd keywords, are no plugins and no error', async t => {
  await workIn(t, {
    'package.json': application('../../etc', '', 'node:fs', 'empty', 'odd', 'text', 'mine/deep'),
    'node_modules/empty/readme': '',
    ...installed('odd', 'Odd', { keywords: { 'modelhost-plugin': true } }),
    ...installed('text', 'Text', { keywords: 'modelhost-plugin' }),
  })
  t.match((await readSettings({ env: {} })).settings.plugins, [/node_modules\/text$/])
})

t.test('commands that take --plugin know the application, too', async t => {
  const path = await workIn(t, { 'package.json': application('mine'), ...installed('mine', 'Mine') })
  const variable = 'MODELHOST_ONLY_GIVEN_PLUGINS'
  const before = process.env[variable]
  t.teardown(() => {
    if (before === undefined) delete process.env[variable]
    else process.env[variable] = before
  })
  const found = join(path, 'node_modules/mine')
  delete process.env[variable]
  t.same(await pluginOption.all(['./x.js']), ['./x.js', found])
  process.env[variable] = 'true'
  t.same(await pluginOption.all(['mine']), [found])
  t.same(await pluginOption.all([]), [])
  await t.rejects(pluginOption.all(['nobody']), { message: /no package of this name in .*Run npm install nobody/ })
  process.env[variable] = 'perhaps'
  await t.rejects(pluginOption.all([]), {
    code: 'CONFIG_INVALID',
    message: /MODELHOST_ONLY_GIVEN_PLUGINS: must be true/,
  })
})

t.test('whatever stands in a package.json, a plugin is found, or its file is named', async t => {
  const path = await workIn(t, {
    'package.json': '',
    'node_modules/mine/package.json': '',
    'node_modules/mine/index.js': pluginSource('Mine'),
  })
  const keys = [
    'name',
    'version',
    'main',
    'exports',
    'keywords',
    'dependencies',
    'peerDependencies',
    'modelhost',
    '__proto__',
  ]
  const key = fc.constantFrom(...keys, '.', 'import', 'mine')
  const leaf = fc.oneof(fc.constantFrom('modelhost-plugin', './index.js', '^0.1.0', '', null), fc.jsonValue())
  const { tree } = fc.letrec<{ tree: unknown }>(tie => ({
    tree: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(key, tie('tree'))),
  }))
  const manifest = fc.oneof(fc.dictionary(key, tree), tree)
  const text = fc.oneof({ weight: 9, arbitrary: manifest.map(value => JSON.stringify(value)) }, fc.string())
  const property = fc.asyncProperty(text, text, async (application, plugin) => {
    await writeFile(join(path, 'package.json'), application)
    await writeFile(join(path, 'node_modules/mine/package.json'), plugin)
    const { places } = await readSettings({ flags: { plugin: ['mine'] }, env: {}, mayPluginsBeMissing: true })
    const { entries, broken } = await surveyPlugins(places, { builtIn: [] })
    t.ok(entries.length + broken.length >= 1)
    for (const { error } of broken)
      t.match(error, { code: 'PLUGIN_INVALID', message: /^Plugin .*package.json|^Plugin .*mine/ })
  })
  await fc.assert(property, { numRuns: 100 })
})
