import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { testPlugin } from 'modelhost/testing'
import t from 'tap'
import plugin from '../../cli/template/src/index.js'
import { train } from '../../core/host.js'
import { folder } from '../helpers/artifacts.js'
import { silentLog } from '../helpers/silent-log.js'

/** The template as it lies here. A package made of it, with hosts and all of its tests: test/long/new-plugin.test.ts. */

const root = fileURLToPath(new URL('../../../', import.meta.url))
const template = join(root, 'cli', 'template')
const built = join(root, 'dist', 'cli', 'template')

t.test('the plugin of the template learns from its sample data, and passes the suite of all plugins', async t => {
  const output = join(await folder(t), 'reviews')
  const params = JSON.parse(await readFile(join(template, 'params.json'), 'utf8'))
  const { files } = await train({
    plugin: plugin.name,
    plugins: [join(built, 'src', 'index.js')],
    channels: { train: join(template, 'data') },
    params,
    output,
    threads: 1,
    log: silentLog,
  })
  t.same(
    files.map(({ name }) => name),
    ['MySentiment-model', 'MySentiment-params.json'],
  )
  const examples = [{ request: { text: 'I love it!' } }, { request: { text: 'Xylophon' } }]
  const { checks } = await testPlugin(plugin, { artifact: output, examples, module: false, speedMs: 10 })
  t.ok(checks.includes('the examples in its params file are answered'))
})

t.test('the tests of its training pass', async t => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(built, 'test', 'train.test.js')], {
    env: { PATH: process.env['PATH'] }, // the runner of this test says by its environment that it is one
  })
  t.match(stdout, /^. pass 3\n. fail 0$/m)
})

t.test('the guide shows the plugin as it is', async t => {
  const [page, plugin] = await Promise.all(
    ['docs/authoring.md', 'cli/template/src/index.ts'].map(path => readFile(join(root, path), 'utf8')),
  )
  t.ok(page!.includes(`\`\`\`ts excerpt\n${plugin}\`\`\`\n`))
})
