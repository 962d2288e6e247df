import { execFile } from 'node:child_process'
import { cp, readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { newPluginFiles } from '../../cli/new/plugin-files.js'
import { train } from '../../core/host.js'
import { folder } from '../helpers/artifacts.js'
import { silentLog } from '../helpers/silent-log.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))

t.test('the tests of a new plugin pass as they are, on the model that it is trained with', async t => {
  const files = await newPluginFiles({ packageName: 'my-tone', pluginName: 'MyTone', modelhost: '' })
  const path = await folder(t, { ...Object.fromEntries(files), 'node_modules/.keep': '' })
  // What its own build and install would make.
  await cp(join(root, 'dist', 'cli', 'template'), join(path, 'dist'), { recursive: true })
  await symlink(root, join(path, 'node_modules', 'modelhost'))
  await symlink(join(root, 'node_modules', 'csv-parse'), join(path, 'node_modules', 'csv-parse'))

  const { files: written } = await train({
    plugin: 'MySentiment', // compiled from the template, before the names were changed
    plugins: [path],
    channels: { train: join(path, 'data') },
    params: JSON.parse((files.get('params.json') as string).replace('MyTone', 'MySentiment')),
    output: join(path, 'artifacts', 'reviews'),
    threads: 1,
    log: silentLog,
  })
  t.same(
    written.map(({ name }) => name),
    ['MySentiment-model', 'MySentiment-params.json'],
  )

  const tests = (await readdir(join(path, 'dist', 'test'))).filter(name => name.endsWith('.test.js'))
  t.same(tests, ['plugin.test.js', 'train.test.js'])
  // Each by itself: the runner that "npm test" puts above them would be one more process.
  const env = { PATH: process.env['PATH'] }
  const run = (name: string) => promisify(execFile)(process.execPath, [join('dist', 'test', name)], { cwd: path, env })
  const [plugin, training] = await Promise.all(tests.map(run))
  t.match(plugin!.stdout, /^# pass 2\n# fail 0$/m)
  t.match(training!.stdout, /^# pass 3\n# fail 0$/m)
})

t.test('the guide shows the plugin as it is', async t => {
  const [page, plugin] = await Promise.all(
    ['docs/authoring.md', 'cli/template/src/index.ts'].map(path => readFile(join(root, path), 'utf8')),
  )
  t.ok(page!.includes(`\`\`\`ts excerpt\n${plugin}\`\`\`\n`))
})
