import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readCatalog } from '../../core/catalog.js'
import { readSettings } from '../../core/config.js'
import { findPlugins } from '../../core/plugin-folder.js'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { runCli } from '../helpers/run-cli.js'

const plugin = (name: string) =>
  `export default { name: '${name}', summary: 'For tests.', version: '1.0.0', params: { type: 'object', properties: {} },
    request: { type: 'string' }, response: {}, hasModelFile: false, load: () => 1, predict: () => 2 }`
const manifest = (fields: object = {}) => JSON.stringify({ type: 'module', ...fields })

t.test('folders, modules and what npm installed are the plugins of a folder', async t => {
  const path = await folder(t, {
    'package.json': manifest({ dependencies: { '@mine/third': '^1.0.0', fourth: '1.0.0', modelhost: '*' } }),
    'package-lock.json': '{}',
    'README.md': '# Plugins',
    'second/package.json': manifest(),
    'second/index.js': plugin('Second'),
    'first.mjs': plugin('First'),
    '_shared/index.js': 'export const words = []',
    '.cache/file': '',
    'node_modules/@mine/third/package.json': manifest({ exports: './third.js' }),
    'node_modules/@mine/third/third.js': plugin('Third'),
    'node_modules/fourth/package.json': manifest(),
    'node_modules/fourth/index.js': plugin('Fourth'),
    'node_modules/no-plugin/package.json': manifest(),
  })
  const found = await findPlugins(path)
  t.same(
    found,
    ['first.mjs', 'second', 'node_modules/@mine/third', 'node_modules/fourth'].map(name => join(path, name)),
  )
  t.same([...(await readCatalog(found, [])).keys()], ['First', 'Second', 'Third', 'Fourth'])
})

t.test('a folder that is empty has none, nor has one that may lack and does', async t => {
  const path = await folder(t)
  t.same(await findPlugins(path), [])
  t.same(await findPlugins(join(path, 'none'), { mayLack: true }), [])
  t.same(await findPlugins(undefined), [])
  t.same(await findPlugins(await folder(t, { 'package.json': manifest() })), [], 'as that of the image')
})

t.test(
  'a module that no host can run is refused rather than passed over, but not beside what was made of it',
  async t => {
    const path = await folder(t, {
      'typed/mine.ts': 'export default {}',
      'modern/mine.mts': 'export default {}',
      'old/mine.cjs': 'module.exports = {}',
      'built/mine.ts': 'export default {}',
      'built/mine.js': plugin('Mine'),
      'built/mine.d.ts': 'export {}',
      'built/other.mts': 'export default {}',
      'built/other.mjs': plugin('Other'),
    })
    const catalogOf = async (name: string) => readCatalog(await findPlugins(join(path, name)), [])
    await t.rejects(catalogOf('typed'), {
      code: 'PLUGIN_INVALID',
      message: /typed\/mine\.ts is TypeScript.*build it first/,
    })
    await t.rejects(catalogOf('modern'), { code: 'PLUGIN_INVALID', message: /modern\/mine\.mts is TypeScript/ })
    await t.rejects(catalogOf('old'), { code: 'PLUGIN_INVALID', message: /old\/mine\.cjs is not a \.js or \.mjs file/ })
    t.same([...(await catalogOf('built')).keys()], ['Mine', 'Other'])
  },
)

t.test('what is wrong in a folder is refused by its path', async t => {
  const path = await folder(t, {
    'file.txt': '',
    'bare/mine/index.js': plugin('Mine'),
    'broken/package.json': '{',
    'listed/package.json': manifest({ dependencies: ['a'] }),
    'missing/package.json': manifest({ dependencies: { absent: '1.0.0' } }),
  })
  const refused = (message: RegExp) => ({ code: 'PLUGIN_INVALID', message })
  await t.rejects(findPlugins(join(path, 'file.txt')), refused(/file\.txt: it cannot be read as a folder of plugins/))
  const mayLack = findPlugins(join(path, 'file.txt'), { mayLack: true })
  await t.rejects(mayLack, refused(/file\.txt: it cannot be read as a folder of plugins/))
  await t.rejects(findPlugins(join(path, 'broken')), refused(/broken\/package\.json cannot be read \(SyntaxError/))
  await t.rejects(findPlugins(join(path, 'listed')), refused(/"dependencies" in .*listed\/package\.json is no object/))
  await t.rejects(findPlugins(join(path, 'none')), refused(/none: it does not exist\. Name a folder/))
  await t.rejects(
    readSettings({ env: { MODELHOST_PLUGIN_FOLDER: join(path, 'none') } }),
    refused(/none: it does not exist/),
  )
  const catalogOf = async (name: string) => readCatalog(await findPlugins(join(path, name)), [])
  await t.rejects(catalogOf('bare'), refused(/bare\/mine\/package\.json cannot be read \(ENOENT\)/))
  await t.rejects(catalogOf('missing'), refused(/node_modules\/absent: it does not exist/))
  await mkdir(join(path, 'dangling'))
  await symlink('nowhere', join(path, 'dangling', 'mine'))
  await t.rejects(catalogOf('dangling'), refused(/dangling\/mine: it does not exist/))
})

t.test('it adds to the plugins that are named one by one', async t => {
  const path = await folder(t, { 'second.mjs': plugin('Second') })
  const env = { MODELHOST_PLUGIN: '/first.mjs', MODELHOST_PLUGIN_FOLDER: path }
  const { settings } = await readSettings({ env })
  t.match(settings, { plugins: ['/first.mjs', join(path, 'second.mjs')], pluginFolder: path })
})

t.test('the variable for such a folder counts for commands that take --plugin', async t => {
  const plugins = await folder(t)
  await symlink(pluginPath('probe'), join(plugins, 'probe.js'))
  const artifact = await folder(t, { 'Probe-params.json': '{"model_name": "Probe", "greeting": "hello "}' })
  const command = ['invoke', artifact, '-', '--type', 'text/plain']
  const outcome = await runCli(command, 'world', { MODELHOST_PLUGIN_FOLDER: plugins })
  t.match(outcome, { code: 0, stdout: /"hello world"/ })
})
