import { join } from 'node:path'
import t from 'tap'
import { folder } from '../helpers/artifacts.js'
import { pluginPackage, pluginSource } from '../helpers/plugin-source.js'
import { runCli } from '../helpers/run-cli.js'

t.test('plugins are listed with what they are and where they come from, and the broken ones told', async t => {
  const params = `{ type: 'object', required: ['size'], properties: {
    size: { type: 'integer', minimum: 1, default: 40, description: 'Of a vector.' },
    mode: { type: 'string', enum: ['fast', 'exact'] } } }`
  const whole = pluginSource('Mine', {
    params,
    files: "[{ name: 'lexicon', optional: true }]",
    assets: "() => ({ words: new URL('./words.bin', import.meta.url) })",
    scratchBytes: '() => 64',
    train: 'async () => {}',
    metrics: "['epoch', 'dev F1']",
    routes: "async app => { app.get('/mine/:id', async () => 1) }",
  })
  const path = await folder(t, {
    'package.json': JSON.stringify({ name: 'app', dependencies: { '@mine/plugin': '*', late: '*' } }),
    'node_modules/@mine/plugin/package.json': pluginPackage('@mine/plugin'),
    'node_modules/@mine/plugin/index.js': whole,
    'node_modules/@mine/plugin/words.bin': 'words',
    'node_modules/late/package.json': pluginPackage('late', { peerDependencies: { modelhost: '^9.0.0' } }),
    'node_modules/late/index.js': pluginSource('Late'),
    'plugins/own.mjs': pluginSource('Own'),
  })
  const before = process.cwd()
  process.chdir(path)
  t.teardown(() => process.chdir(before))
  const flags = ['--plugin-folder', 'plugins', '--plugin', 'absent']
  const [list, json, one, unknown] = await Promise.all([
    runCli(['plugins', ...flags]),
    runCli(['plugins', '--json'], '', { MODELHOST_PLUGIN_FOLDER: 'plugins', MODELHOST_ONLY_GIVEN_PLUGINS: 'true' }),
    runCli(['plugins', 'Mine', '--plugin', '@mine/plugin', '--only-given-plugins']),
    runCli(['plugins', 'DocSimm', '--only-given-plugins']),
  ])

  t.equal(list.code, 1)
  t.match(
    list.stdout,
    /^DocSim 1.0.0 {2}How similar .*\n {4}built in: .*dist\/plugins\/docsim\/index.js \(modelhost 0.1.0\)\n/,
  )
  t.match(list.stdout, '\nOwn 1.0.0  For tests.\n    in the folder of plugins plugins: plugins/own.mjs (app)\n')
  t.match(
    list.stdout,
    '\nMine 1.0.0  For tests.\n    in the dependencies of package.json: node_modules/@mine/plugin/index.js (@mine/plugin 1.2.3)\n',
  )
  const [absent, late] = list.stderr.trim().split('\n')
  t.match(absent, /^modelhost: Plugin absent: there is no package of this name/)
  t.match(late, /^modelhost: Plugin node_modules\/late\/index.js: .* is for modelhost \^9.0.0/)

  t.equal(json.code, 0, json.stderr)
  const { plugins, broken } = JSON.parse(json.stdout)
  t.same(broken, [])
  t.match(plugins.at(-1), {
    name: 'Own',
    source: 'folder',
    from: join(path, 'plugins'),
    file: join(path, 'plugins/own.mjs'),
    isTrainable: false,
    needs: { files: [], assets: [], scratchBytes: 0, hasHeap: false },
    request: { type: 'string' },
  })
  t.match(plugins[0], { name: 'DocSim', source: 'built in', request: { anyOf: [{ type: 'object' }, {}] } })

  t.equal(one.code, 0, one.stderr)
  const facts = Object.fromEntries(
    [...one.stdout.matchAll(/^ {2}(\w+) {2,}(.+)$/gm)].map(([, name, value]) => [name, value!.replace(/ +/g, ' ')]),
  )
  t.match(facts, {
    source: 'named by --plugin',
    package: '@mine/plugin 1.2.3',
    file: 'node_modules/@mine/plugin/index.js',
    modelhost: '^0.1.0',
    trains: 'yes, and reports epoch, dev F1',
    files: '<prefix>-params.json, <prefix>-lexicon (optional)',
    assets: 'words: node_modules/@mine/plugin/words.bin (5 bytes)',
    scratch: 'by its params and files',
    routes: 'GET /mine/:id',
    size: 'integer of at least 1 40 Of a vector.',
    mode: 'one of "fast", "exact" optional',
  })
  t.match(one.stdout, /\nParams\n.*\nRequest\n.*\n {2}\(itself\) +string\n\nResponse\n/s)

  t.match(unknown, { code: 1, stdout: '', stderr: /no plugin "DocSimm" here. Did you mean "DocSim"\? Known: DocSim, / })
})
