import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { readCatalog } from '../../core/catalog.js'
import { folder, pluginPath } from '../helpers/artifacts.js'

/** The source of a plugin's module, with these fields instead of the good ones. */
function source(fields: Record<string, string> = {}): string {
  const good = {
    name: "'Mine'",
    summary: "'For tests.'",
    version: "'1.0.0'",
    params: "{ type: 'object', properties: {} }",
    request: "{ type: 'string' }",
    response: '{}',
    load: '() => 1',
    predict: '() => 2',
  }
  return `export default { ${Object.entries({ ...good, ...fields })
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')} }`
}

const manifest = (fields: object) => JSON.stringify({ type: 'module', ...fields })
const refused = (message: RegExp) => ({ code: 'PLUGIN_INVALID', message })

t.test('the plugins that come with the host are found in their folders', async t => {
  const catalog = await readCatalog([])
  t.match(catalog.get('DocSim'), {
    plugin: { name: 'DocSim' },
    source: 'built in',
    module: /^file:.*plugins\/docsim\/index.js$/,
  })
})

t.test('a plugin is named by a folder with a package.json, or a file', async t => {
  const file = source()
  const ways: Record<string, Record<string, string>> = {
    'exports as text': { 'package.json': manifest({ exports: './a.js' }), 'a.js': file },
    'exports of the root': { 'package.json': manifest({ exports: { '.': './a.js', './b': './b.js' } }), 'a.js': file },
    'an import condition': {
      'package.json': manifest({ exports: { '.': { types: './a.d.ts', require: './a.cjs', import: './lib/a.mjs' } } }),
      'lib/a.mjs': file,
    },
    'conditions alone': {
      'package.json': manifest({ exports: { types: './a.d.ts', default: './a.js' } }),
      'a.js': file,
    },
    'nested conditions': {
      'package.json': manifest({ exports: { '.': { node: { import: './a.js' } } } }),
      'a.js': file,
    },
    'a condition of newer Nodes': {
      'package.json': manifest({ exports: { 'module-sync': './a.js', default: './b.js' } }),
      'a.js': file,
    },
    'a list of ways': {
      'package.json': manifest({ exports: { '.': [{ browser: './b.js' }, './a.js', './c.js'] } }),
      'a.js': file,
    },
    main: { 'package.json': manifest({ main: 'a.js' }), 'a.js': file },
    'index.js': { 'package.json': manifest({}), 'index.js': file },
  }
  for (const [name, files] of Object.entries(ways)) {
    const path = await folder(t, files)
    const entry = (await readCatalog([path], [])).get('Mine')
    t.match(
      entry,
      { plugin: { version: '1.0.0' }, source: path, module: new RegExp(`^${pathToFileURL(path)}/.+js$`) },
      name,
    )
  }
  const alone = await folder(t, { 'mine.mjs': file })
  t.ok((await readCatalog([join(alone, 'mine.mjs')], [])).has('Mine'))
  t.ok((await readCatalog([pluginPath('noop')], [])).size === 1)
})

t.test('a path that leads to no module is refused with the cure', async t => {
  const path = await folder(t, {
    'empty/file': '',
    'broken/package.json': '{',
    'number/package.json': '5',
    'nothing/package.json': manifest({ exports: { './other': './a.js' } }),
    'unbuilt/package.json': manifest({ exports: './dist/index.js' }),
    'typescript/package.json': manifest({ exports: './index.ts' }),
    'typescript/index.ts': '',
    'text.txt': '',
    'old.cjs': '',
  })
  const cases: [string, RegExp][] = [
    ['none', /does not exist. Name a folder with a package.json, or a .js file/],
    ['empty', /package.json cannot be read \(ENOENT\)/],
    ['broken', /not valid JSON/],
    ['number', /does not hold an object/],
    ['nothing', /names no entry/],
    ['unbuilt', /dist\/index.js does not exist. Build the plugin first/],
    [
      'typescript',
      /is TypeScript. Plugins are JavaScript: build it first \(npm run build, or tsc -w while you write\) and name the .js file/,
    ],
    ['typescript/index.ts', /is TypeScript/],
    ['text.txt', /not a .js or .mjs file/],
    ['old.cjs', /not a .js or .mjs file/],
  ]
  for (const [name, message] of cases) await t.rejects(readCatalog([join(path, name)], []), refused(message))
})

t.test('a module that is no plugin is refused by what is wrong with it', async t => {
  const cases: [string, RegExp][] = [
    ['export const plugin = 1', /no default export. Write: export default definePlugin/],
    ['export default 5', /its default export is 5/],
    ['export default []', /an empty list/],
    ['throw new Error("no library")', /cannot be imported \(Error: no library\)/],
    ['import "./missing.js"', /cannot be imported \(.*missing.js/],
    ['export default {', /cannot be imported \(SyntaxError/],
    [source({ name: 'undefined' }), /its name is missing/],
    [source({ name: '"a b"' }), /its name must be a name of letters.*, not "a b"/],
    [source({ name: '"x".repeat(101)' }), /its name must be/],
    [source({ summary: '""' }), /its summary must be a sentence/],
    [source({ version: '"1"' }), /its version must be a version such as "1.0.0", not "1"/],
    [source({ params: '{ type: "string" }' }), /its params must be an object schema/],
    [
      source({ params: '{ type: "object", properties: { n: { type: "integer", default: "x" } } }' }),
      /its params schema is wrong: the default of n must be an integer, but is "x"/,
    ],
    [
      source({ params: '{ type: "object", properties: { examples: { type: "array" } } }' }),
      /its params have "examples", a key of the params file that is the host's own\. Rename it\./,
    ],
    [source({ params: '{ type: "object", properties: { model_name: {} } }' }), /its params have "model_name"/],
    [source({ params: '{ type: "object", properties: { max_seconds: {} } }' }), /its params have "max_seconds"/],
    [source({ request: '"string"' }), /its request must be a schema/],
    [
      source({ request: '{ anyOf: [{ type: "object", properties: { n: { type: "integer", default: "x" } } }] }' }),
      /its request schema is wrong: the default of n must be an integer, but is "x"/,
    ],
    [source({ request: '{ type: "string", pattern: "(" }' }), /its request schema is wrong/],
    [source({ response: '{ type: "integer", default: 1n }' }), /its response schema is wrong: it is no JSON: it holds/],
    [source({ load: '5' }), /its load must be a function, not 5/],
    [source({ predict: 'undefined' }), /its predict is missing/],
    [source({ unload: '{}' }), /its unload must be a function/],
    [
      source({ predcitBatch: '() => 1' }),
      /its field "predcitBatch" is not one of a plugin's. Did you mean "predictBatch"\?/,
    ],
    [source({ files: '["lexicon"]' }), /its files must be a list of {name, optional\?}/],
    [source({ files: '[{ name: "../x" }]' }), /its files must be/],
    [source({ files: '[{ name: "model" }]' }), /its files must be/],
    [source({ files: '[{ name: "x", optonal: true }]' }), /its files must be/],
    [source({ hasModelFile: '"no"' }), /its hasModelFile must be true or false/],
    [source({ scratchBytes: '-1' }), /its scratchBytes must be a number of bytes, or a function of params and files/],
    [source({ scratchBytes: '1.5' }), /its scratchBytes must be/],
    [source({ decode: '{ csv: () => [] }' }), /its decode must be an object of functions by content type/],
    [source({ encode: '{ "text/csv": 5 }' }), /its encode must be/],
  ]
  for (const [code, message] of cases) {
    const path = await folder(t, { 'plugin.mjs': code })
    await t.rejects(readCatalog([join(path, 'plugin.mjs')], []), refused(message), code.slice(0, 200))
  }
})

t.test('a plugin may use the whole door', async t => {
  const all = source({
    predictBatch: '() => []',
    unload: '() => {}',
    train: 'async () => {}',
    files: '[{ name: "lexicon", optional: true }]',
    hasModelFile: 'false',
    assets: '() => ({})',
    estimateSize: '() => 0',
    scratchBytes: '1024',
    decode: '{ "text/csv": () => [] }',
    encode: '{ "application/x-own": String }',
    routes: 'async () => {}',
  })
  const other = source({ name: '"Other"', scratchBytes: '() => 1024' })
  const path = await folder(t, { 'plugin.mjs': all, 'other.mjs': other })
  t.equal((await readCatalog([join(path, 'plugin.mjs'), join(path, 'other.mjs')], [])).size, 2)
})

t.test('two plugins of one name are refused, each by its place', async t => {
  const path = await folder(t, { 'a.mjs': source(), 'b.mjs': source(), 'docsim.mjs': source({ name: '"DocSim"' }) })
  const both = [join(path, 'a.mjs'), join(path, 'b.mjs')]
  await t.rejects(readCatalog(both, []), refused(/b.mjs: it is named "Mine" as is the plugin of .*a.mjs. Rename one/))
  await t.rejects(
    readCatalog([join(path, 'docsim.mjs')]),
    refused(/"DocSim" as is the plugin that comes with the host/),
  )
})
