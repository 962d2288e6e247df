import { execFile } from 'node:child_process'
import { access, constants, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

/** The library as its users get it: packed, and installed in an empty folder. */

const run = promisify(execFile)

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

async function pack(folder: string): Promise<{ tarball: string; paths: string[] }> {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder])
  const [packed] = JSON.parse(stdout) as [Packed]
  return { tarball: join(folder, packed.filename), paths: packed.files.map(({ path }) => path) }
}

/** Packages in a node_modules folder, those with a scope too. */
async function listPackages(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  const lists = names.map(async name =>
    name.startsWith('@') ? (await readdir(join(folder, name))).map(inner => `${name}/${inner}`) : [name],
  )
  return (await Promise.all(lists)).flat()
}

t.test('the packed library installs in an empty folder, without natural and its database drivers', async t => {
  const folder = t.testdir({ 'package.json': '{"private": true, "type": "module"}' })
  const { tarball, paths } = await pack(folder)

  await t.test('holds the library and its papers, not its tests', async t => {
    const papers = ['README.md', 'LICENSE', 'NOTICE', 'CHANGELOG.md']
    for (const path of ['cli/modelhost.js', 'dist/cli/main.js', 'dist/core/index.d.ts', ...papers]) {
      t.ok(paths.includes(path), path)
    }
    t.same(
      paths.filter(path => /^(dist\/test|test|node_modules|core|cli(?!\/(workspace\/files|template)))\//.test(path)),
      ['cli/modelhost.js'],
    )
    t.same(paths.filter(path => /tsbuildinfo|\.csv$|^plugins\/ner\/lists/.test(path)).sort(), [
      'cli/template/data/reviews.csv',
      'cli/workspace/files/data/claims_de.csv',
      'docs/tutorials/sample/tweets.csv',
      'docs/tutorials/sample/tweets_v2.csv',
    ])
  })

  await run('npm', ['install', tarball, '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd: folder,
  })

  await t.test('brings what it needs and no more', async t => {
    const installed = await listPackages(join(folder, 'node_modules'))
    t.ok(installed.includes('modelhost'))
    const unwanted = [
      'natural',
      'mongoose',
      'mongodb',
      'pg',
      'redis',
      'memjs',
      'stopwords-iso',
      'tap',
      'typescript',
      'vega',
    ]
    t.same(
      installed.filter(name => unwanted.includes(name)),
      [],
    )
  })

  await t.test('the command runs there, and trains with its bundled stemmer', async t => {
    const command = join(folder, 'node_modules', '.bin', 'modelhost')
    t.match((await run(command, ['--help'])).stdout, /^Usage: modelhost/)
    const rows = Array.from({ length: 20 }, (_, i) => `${i},Windräder liefern Strom und Häuser brauchen Strom`)
    await writeFile(join(folder, 'claims.csv'), `id,claim_text\n${rows.join('\n')}\n`)
    const params = ['--set', 'epochs=2', '--set', 'normalization=stemming']
    const { stdout } = await run(command, ['train', 'DocSim', '--train', 'claims.csv', '--output', 'out', ...params], {
      cwd: folder,
    })
    t.match(stdout, /out: DocSim-model/)
  })

  await t.test('a new workspace is whole, files whose names npm has plans of its own for among them', async t => {
    await run(join(folder, 'node_modules', '.bin', 'modelhost'), ['init', 'facts'], { cwd: folder })
    const files = await readdir(join(folder, 'facts'), { recursive: true })
    for (const name of ['.gitignore', '.dockerignore', 'package.json', 'pipeline.yml', 'models/NER/data/tweets.jsonl'])
      t.ok(files.includes(name), name)
  })

  await t.test("the authors' door opens by its name", async t => {
    const script =
      "import { definePlugin, Type } from 'modelhost'; console.log(typeof definePlugin, typeof Type.Object)"
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder })
    t.equal(stdout, 'function function\n')
  })
})

t.test('in a clone npx finds the command, before it is built and after each build', async t => {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  // A clone's own dependencies, without npm seeing them: it would tidy them up.
  const folder = t.testdir({
    node_modules: t.fixture('symlink', join(root, 'node_modules')),
    clone: { cli: {} },
    home: {},
  })
  const clone = join(folder, 'clone')
  const { name, version, type, bin } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  await writeFile(join(clone, 'package.json'), JSON.stringify({ name, version, type, bin }))
  await cp(join(root, 'cli', 'modelhost.js'), join(clone, 'cli', 'modelhost.js'))
  // Nothing of the npm that runs this test.
  const env = { PATH: process.env['PATH'], HOME: join(folder, 'home') }
  const npx = () => run('npx', ['--offline', 'modelhost', '--version'], { cwd: clone, env })

  const message = 'modelhost: it is not compiled yet. In its folder, run npm run build first.\n'
  await t.rejects(npx(), { code: 1, stdout: '', stderr: message })
  for (const build of ['first', 'second']) {
    await rm(join(clone, 'dist'), { recursive: true, force: true })
    await cp(join(root, 'dist'), join(clone, 'dist'), { recursive: true, filter: path => !/dist.test$/.test(path) })
    t.equal((await npx()).stdout, `${version}\n`, build)
  }
  await access(join(root, 'cli', 'modelhost.js'), constants.X_OK)
})
