import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readCatalog, surveyPlugins } from '../../core/catalog.js'
import { findVersionProblem } from '../../core/plugin-package.js'
import { type Files, folder } from '../helpers/artifacts.js'
import { pluginPackage, pluginSource } from '../helpers/plugin-source.js'

const root = new URL('../../..', import.meta.url).pathname

/** What the boot says of a package with these files; the folder is left out of it. */
async function refusal(t: Test, files: Files, name = 'mine', importLimitMs?: number): Promise<string> {
  const path = await folder(t, files)
  const reading = importLimitMs === undefined ? {} : { importLimitMs }
  const error = await readCatalog([join(path, name)], [], reading).then(
    () => new Error('nothing'),
    thrown => thrown,
  )
  t.match(error, { code: 'PLUGIN_INVALID' })
  return (error as Error).message.replaceAll(path, 'HERE')
}

const ofMine = (code: string, fields: object = {}) => ({
  'mine/package.json': pluginPackage('mine', fields),
  'mine/index.js': code,
})

t.test('a plugin for other versions of modelhost is refused before it is imported, with both cures', async t => {
  const ranges: [object, RegExp][] = [
    [
      { peerDependencies: { modelhost: '^1.0.0' } },
      /^Plugin HERE\/mine\/index.js: its package mine 1.2.3 is for modelhost \^1.0.0, as HERE\/mine\/package.json says, and this is modelhost 0.1.0. Update modelhost \(npm install "modelhost@\^1.0.0"\), or take an older version of mine\.$/,
    ],
    [
      { peerDependencies: { modelhost: '~0.0.3' } },
      /is modelhost 0.1.0. Update the plugin \(npm install mine@latest\), or take the older modelhost/,
    ],
    [{ peerDependencies: undefined, dependencies: { modelhost: '0.2.x' } }, /is for modelhost 0.2.x/],
    [
      { peerDependencies: { modelhost: 'newest' } },
      /"newest", which is no range of versions. In HERE\/mine\/package.json, write one such as "modelhost": "\^0.1.0"/,
    ],
    [{ peerDependencies: { modelhost: 5.5 } }, /is for modelhost 5.5/],
  ]
  for (const [fields, message] of ranges)
    t.match(await refusal(t, ofMine('throw new Error("imported")', fields)), message)
})

t.test('a plugin that says no range, or one that fits, is taken', async t => {
  const fitting = [
    { peerDependencies: { modelhost: '>=0.1.0-alpha <2' } },
    { peerDependencies: { modelhost: '*' }, dependencies: { modelhost: '^7.0.0' } },
    { peerDependencies: undefined },
    { peerDependencies: ['modelhost'] },
    { dependencies: { modelhost: 'file:../modelhost-0.1.0.tgz' }, peerDependencies: {} },
    { dependencies: { modelhost: 'someone/modelhost#main' }, peerDependencies: {} },
    { name: undefined },
    { version: 5 },
  ]
  for (const fields of fitting) {
    const path = await folder(t, ofMine(pluginSource('Mine'), fields))
    t.ok((await readCatalog([join(path, 'mine')], [])).has('Mine'), JSON.stringify(fields))
  }
})

t.test('a host before its release is one of its range, and none of the next', async t => {
  const mine = { name: 'mine', version: '1.0.0', file: '/mine/package.json', hostRange: '^0.1.0', needs: [] }
  t.equal(findVersionProblem(mine, '0.1.1-beta.1'), undefined)
  t.match(findVersionProblem(mine, '0.2.0-beta.1'), /this is modelhost 0\.2\.0-beta\.1\. Update the plugin/)
})

t.test('an installed package without a name is no part of the application', async t => {
  const path = await folder(t, {
    'package.json': pluginPackage('app', { peerDependencies: { modelhost: '^9.0.0' } }),
    'node_modules/mine/package.json': '{"type": "module"}',
    'node_modules/mine/index.js': pluginSource('Mine'),
  })
  const catalog = await readCatalog([join(path, 'node_modules/mine')], [])
  t.equal(catalog.get('Mine')?.package, undefined)
})

t.test('what a module throws is told with its place in the plugin', async t => {
  const thrown = 'const words = undefined\nfunction read() {\n  return words.length\n}\nexport default read()'
  t.match(
    await refusal(t, ofMine(thrown)),
    /^Plugin HERE\/mine\/index.js: its module cannot be imported \(TypeError: Cannot read .*\) thrown at HERE\/mine\/index.js:3. Mend it there, or start without it.$/,
  )
  const deep = {
    ...ofMine('import { read } from "lib"\nexport default read(() => JSON.parse("{"))\n'),
    'mine/node_modules/lib/package.json': '{"type": "module", "exports": "./i.js"}',
    'mine/node_modules/lib/i.js': 'export const read = f => f()',
  }
  t.match(await refusal(t, deep), /\(SyntaxError: .*JSON.*\) in HERE\/mine\/index.js:2/)
  const within = {
    ...ofMine('import { read } from "lib"\n\nexport default read()\n'),
    'mine/node_modules/lib/package.json': '{"type": "module", "exports": "./i.js"}',
    'mine/node_modules/lib/i.js': 'export const read = () => { throw new Error("no word") }',
  }
  t.match(await refusal(t, within), /\(Error: no word\) thrown at HERE\/mine\/index.js:3/, 'not what it depends on')
  for (const [code, message] of [
    ['throw "a text"', /cannot be imported \(a text\)\. Mend it there/],
    ['throw undefined', /cannot be imported \(undefined\)/],
    ['throw { stack: 5 }', /cannot be imported \(\[object Object\]\)/],
    [`throw new Error("${'x'.repeat(5000)}\\nmore")`, /cannot be imported \(Error: x{490,500}…\) thrown at/],
  ] as const)
    t.match(await refusal(t, ofMine(code)), message)
})

t.test('wrong syntax is told with its file and line, in what the module imports too', async t => {
  const files = { ...ofMine('import "./lib/words.js"\nexport default {}'), 'mine/lib/words.js': '\nexport const = 1\n' }
  t.match(
    await refusal(t, files),
    /cannot be imported \(SyntaxError: Unexpected token.*\) in HERE\/mine\/lib\/words.js:2. Build the plugin again or mend it there/,
  )
  const odd = {
    ...ofMine('import "./my%20words.js"\nexport default {}'),
    'mine/my words.js': '\n\nexport const = 1\n',
  }
  t.match(await refusal(t, odd), /in HERE\/mine\/my words.js:3/)
  const absent = ofMine('import { nothing } from "node:fs"\nexport default nothing')
  t.match(await refusal(t, absent), /does not provide an export named 'nothing'\) in HERE\/mine\/index.js:1/)
})

t.test('a module that waits for ever is given up', async t => {
  const message = await refusal(t, ofMine('await new Promise(() => {})\nexport default 1'), 'mine', 50)
  t.equal(
    message,
    'Plugin HERE/mine/index.js: its module was not imported within 0.05 s: an "await" at its top level waits for what does not come. Move it into load or train.',
  )
})

t.test('CommonJS is refused with what to write instead', async t => {
  const cure = /CommonJS\. Plugins are ES modules: write export default, and "type": "module" in package.json/
  const compiled =
    '"use strict"\nObject.defineProperty(exports, "__esModule", { value: true })\nexports.default = { name: "Mine" }'
  t.match(await refusal(t, ofMine('module.exports = { name: "Mine" }')), cure)
  t.match(await refusal(t, ofMine('module.exports = { name: "Mine" }', { type: 'commonjs' })), cure)
  t.match(await refusal(t, ofMine(compiled, { type: 'commonjs' })), cure)
  t.match(await refusal(t, ofMine('const fs = require("node:fs")\nexport default fs')), cure)
})

t.test('what is not installed is named, with the folder to install it in', async t => {
  const imports = 'import "absent"\nexport default {}'
  t.match(
    await refusal(t, ofMine(imports, { dependencies: { absent: '1.0.0' } })),
    /Cannot find package 'absent' imported from HERE\/mine\/index.js\)\. Run npm install in HERE\/mine\.$/,
  )
  t.match(await refusal(t, ofMine(imports)), /Run npm install absent in HERE\/mine\.$/)
  t.match(
    await refusal(t, ofMine('import "./built.js"\nexport default {}')),
    /HERE\/mine\/index.js imports a file that is not there. Build the plugin again, or mend the import.$/,
  )
  const installed = {
    'node_modules/mine/package.json': pluginPackage('mine', { dependencies: { absent: '1.0.0' } }),
    'node_modules/mine/index.js': imports,
  }
  t.match(await refusal(t, installed, 'node_modules/mine'), /Run npm install absent in HERE\.$/)
})

t.test('a plugin that does not find modelhost, or what it asks of it, is told how to', async t => {
  const imports = 'import { definePlugin } from "modelhost"\nexport default definePlugin({})'
  t.match(
    await refusal(t, ofMine(imports)),
    /Run npm install in HERE\/mine, with "modelhost" under "devDependencies" and "peerDependencies" of its package.json\.$/,
  )
  const path = await folder(t, {
    'named/package.json': pluginPackage('named'),
    'named/index.js': 'import { defineModel } from "modelhost"\nexport default defineModel({})',
    'deep/package.json': pluginPackage('deep'),
    'deep/index.js': 'import { x } from "modelhost/core/lanes"\nexport default x',
    'node_modules/.keep': '',
  })
  await symlink(root, join(path, 'node_modules/modelhost'))
  for (const [name, asked] of [
    ['named', /does not provide an export named 'defineModel'/],
    ['deep', /subpath '.\/core\/lanes' is not defined/],
  ] as const) {
    const error = await readCatalog([join(path, name)], []).catch(thrown => thrown)
    t.match(error.message, asked)
    t.match(error.message, /It is for another version of modelhost: update the one or the other/)
  }
})

t.test('a package.json that cannot be read is named', async t => {
  const files = { 'mine/package.json': '{', 'mine/lib/index.js': pluginSource('Mine') }
  t.match(await refusal(t, files, 'mine/lib/index.js'), /HERE\/mine\/package.json is not valid JSON/)
})

t.test('two plugins of one name are told with their files, versions, packages, and who names them', async t => {
  const path = await folder(t, {
    'a/package.json': pluginPackage('sentiment-a'),
    'a/index.js': pluginSource('Sentiment'),
    'plugins/b.mjs': pluginSource('Sentiment', { version: "'2.0.0'" }),
  })
  const error = await readCatalog(
    [
      { path: join(path, 'a'), origin: { kind: '--plugin' } },
      { path: join(path, 'plugins/b.mjs'), origin: { kind: 'folder', path: join(path, 'plugins') } },
    ],
    [],
  ).catch(thrown => thrown)
  t.equal(
    error.message.replaceAll(path, 'HERE'),
    'Plugin HERE/plugins/b.mjs: it is named "Sentiment" as is the plugin of HERE/a/index.js. Rename one of them, or leave one out. ' +
      'HERE/a/index.js is version 1.0.0, of the package sentiment-a 1.2.3, named by --plugin; ' +
      'HERE/plugins/b.mjs is version 2.0.0, in the folder of plugins HERE/plugins.',
  )

  const ofApplication = {
    path: join(path, 'a'),
    origin: { kind: 'application', path: join(path, 'package.json') },
  } as const
  await t.rejects(readCatalog([join(path, 'plugins/b.mjs'), ofApplication], []), {
    message:
      /or leave one out: MODELHOST_ONLY_GIVEN_PLUGINS=true leaves out what .* in the dependencies of .*package\.json\.$/,
  })
})

t.test('a broken plugin hides no other', async t => {
  const path = await folder(t, {
    'broken.mjs': 'throw new Error("no")',
    'good.mjs': pluginSource('Good'),
    'twin.mjs': pluginSource('Good'),
  })
  const names = ['none.mjs', 'broken.mjs', 'good.mjs', 'twin.mjs'].map(name => join(path, name))
  const { entries, broken } = await surveyPlugins(names, { builtIn: [] })
  t.same(
    entries.map(({ plugin }) => plugin.name),
    ['Good'],
  )
  t.same(
    broken.map(each => each.path),
    [names[0], names[1], names[3]],
  )
  await t.rejects(readCatalog(names, []), { message: /none.mjs: it does not exist/ }, 'the first of them')
})

t.test('one module that is named in several ways is one plugin', async t => {
  const path = await folder(t, {
    'mine/package.json': pluginPackage('mine'),
    'mine/index.js': pluginSource('Mine'),
    'node_modules/.keep': '',
  })
  await symlink(join(path, 'mine'), join(path, 'node_modules/mine'))
  const ways = ['mine', 'mine/index.js', 'node_modules/mine'].map(name => join(path, name))
  const catalog = await readCatalog(ways, [])
  t.equal(catalog.size, 1)
  t.match(catalog.get('Mine'), {
    source: ways[0],
    module: `file://${path}/mine/index.js`,
    package: { name: 'mine', version: '1.2.3', file: join(path, 'mine/package.json'), hostRange: '^0.1.0' },
  })
})
