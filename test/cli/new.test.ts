import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { modelhostSpec } from '../../cli/new/modelhost-spec.js'
import { checkPackageName, checkPluginName, pluginNameOf } from '../../cli/new/names.js'
import { newPluginFiles } from '../../cli/new/plugin-files.js'
import { writeNewFolder } from '../../cli/new/write-folder.js'
import { folder } from '../helpers/artifacts.js'
import { runCli } from '../helpers/run-cli.js'

const ownManifest = async () => JSON.parse(await readFile('package.json', 'utf8'))

t.test('a new plugin has its names wherever the template has others, and what a host looks for', async t => {
  const files = await newPluginFiles({ packageName: '@acme/topics', pluginName: 'AcmeTopics', modelhost: 'file:../m' })
  const { version, devDependencies, dependencies, engines } = await ownManifest()
  t.match(JSON.parse(files.get('package.json')!), {
    name: '@acme/topics',
    type: 'module',
    keywords: ['modelhost-plugin'],
    peerDependencies: { modelhost: `^${version}` },
    devDependencies: { modelhost: 'file:../m', typescript: devDependencies.typescript },
    dependencies: { 'csv-parse': dependencies['csv-parse'] },
    engines,
  })
  t.match(files.get('.gitignore'), /^artifacts\/$/m)
  t.match(files.get('src/index.ts'), "name: 'AcmeTopics'")
  for (const [name, content] of files) {
    t.notMatch(content, /my-sentiment|MySentiment/, name)
    // The README tells what each is, by its own name or by that of its folder.
    const [top = ''] = name.split('/')
    const isTold = files.get('README.md')!.includes(`\`${name}\``) || files.get('README.md')!.includes(`\`${top}/\``)
    if (!['README.md', '.gitignore', 'package.json', 'tsconfig.json'].includes(name)) t.ok(isTold, name)
  }
})

t.test('the command writes the folder, tells what is in it and what comes next', async t => {
  const path = await folder(t)
  const dir = join(path, 'deep', 'topics')
  const { code, stdout } = await runCli(['new', 'plugin', 'topics', '--dir', dir, '--name', 'Topics2'])
  t.equal(code, 0)
  t.match(stdout, /^Wrote 15 files into .*topics:\n {2}\.github\/workflows\/ci\.yml\n/)
  t.match(stdout, `Next:\n  cd ${dir}\n  npm install\n  npm test`)
  t.match(await readFile(join(dir, 'src', 'index.ts'), 'utf8'), "name: 'Topics2'")

  const again = await runCli(['new', 'plugin', 'topics', '--dir', dir])
  t.match(again, { code: 1, stdout: '', stderr: /topics is not empty \(\.github, \.gitignore, README\.md and more\)/ })
  const other = await runCli(['new', 'plugn', 'topics'])
  t.match(other, { code: 2, stdout: '', stderr: /There is no "plugn" to make. Did you mean "plugin"\?/ })
})

t.test('a name that npm or the host would refuse is refused at once, with one that would do', async t => {
  const better = {
    MySentiment: 'my-sentiment',
    'my sentiment': 'my-sentiment',
    '@Acme/x': undefined,
    './plugins/Tone': 'tone',
    '.hidden': 'hidden',
    _x: 'x',
    '': undefined,
    ['a'.repeat(215)]: undefined,
  }
  for (const [name, wanted] of Object.entries(better))
    t.throws(
      () => checkPackageName(name),
      { message: wanted ? `Did you mean "${wanted}"?` : 'no name of a package' },
      name,
    )
  for (const name of ['modelhost', 'fs', 'node_modules']) t.throws(() => checkPackageName(name), /taken/, name)
  for (const name of ['my-sentiment', '@acme/my-sentiment', 'a', '3d-words']) checkPackageName(name)

  t.equal(pluginNameOf('@acme/my-sentiment.v2'), 'MySentimentV2')
  t.equal(pluginNameOf('modelhost-plugin-topics'), 'Topics')
  t.equal(pluginNameOf('@acme/modelhost-topics'), 'Topics')
  t.equal(pluginNameOf('modelhost-'), 'Modelhost')
  await t.rejects(checkPluginName(pluginNameOf('3d-words'), '3d-words'), /"3dWords", .* Give it a name with --name/)
  await t.rejects(
    checkPluginName('DocSim', undefined),
    /The plugin would be called "DocSim", as one that comes with.* Choose another --name/,
  )
  await t.rejects(checkPluginName('Ner', 'ner'), /"ner" would be called "Ner", like "NER" that comes with/)
  await checkPluginName('MySentiment', 'my-sentiment')
})

t.test('it is developed with the modelhost that is used around it', async t => {
  const { version } = await ownManifest()
  const path = await folder(t, {
    'app/package.json': JSON.stringify({ dependencies: { modelhost: 'file:vendor/modelhost.tgz' } }),
    'range/package.json': JSON.stringify({ devDependencies: { modelhost: '~0.1.2' } }),
    'clone/package.json': JSON.stringify({ name: 'modelhost' }),
    'none/package.json': '{}',
    'broken/package.json': '{',
  })
  const spec = (dir: string, given?: string) => modelhostSpec(join(path, dir), given)
  t.equal(await spec('app/plugins/tone'), 'file:../../vendor/modelhost.tgz')
  t.equal(await spec('range/tone'), '~0.1.2')
  t.equal(await spec('clone/tone'), 'file:..')
  t.equal(await spec('none/tone'), `^${version}`)
  t.equal(await spec('app/tone', '1.x'), '1.x')
  for (const way of ['package.json', 'file:package.json', './package.json'])
    t.match(await spec('app/tone', way), /^file:(\.\.\/)+.*package\.json$/)
  for (const other of ['next', 'github:acme/modelhost', 'https://example.org/modelhost.tgz'])
    t.equal(await spec('app/tone', other), other)
  for (const path of ['./none', 'file:none', 'none.tgz', '/none'])
    await t.rejects(spec('app/tone', path), { message: `--modelhost is "${path}", and there is nothing at this path.` })
  await t.rejects(spec('app/tone', ''), /--modelhost is empty\. Give a version/)
  await t.rejects(spec('broken/tone'), /broken\/package\.json, which may name modelhost, cannot be read/)
})

t.test('where a file cannot be written nothing is left, and what was there stays', async t => {
  const path = await folder(t, { file: 'mine' })
  const files = new Map([
    ['a/first', '1'],
    ['second', '2'],
    ['second/third', 'no folder'],
  ])
  await t.rejects(writeNewFolder('x', join(path, 'new', 'deep'), files), /x cannot be written .* Nothing of it is left/)
  t.same(await readdir(path), ['file'])
  await mkdir(join(path, 'empty'))
  await t.rejects(writeNewFolder('x', join(path, 'empty'), files), /cannot be written/)
  t.same(await readdir(join(path, 'empty')), [])
  await t.rejects(writeNewFolder('x', join(path, 'file', 'deep'), files), /no folder/)
  await writeFile(join(path, 'empty', 'note'), 'mine')
  await t.rejects(writeNewFolder('x', join(path, 'empty'), files), /x is not empty \(note\)/)
})

t.test('create-modelhost is of this version, and brings this modelhost', async t => {
  const { version, license, engines } = await ownManifest()
  const create = JSON.parse(await readFile('cli/create/package.json', 'utf8'))
  t.match(create, { name: 'create-modelhost', version, license, engines, dependencies: { modelhost: version } })
  t.equal(await readFile('cli/create/LICENSE', 'utf8'), await readFile('LICENSE', 'utf8'))
})
