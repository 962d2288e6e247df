import { execFile } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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
    for (const path of ['dist/cli/main.js', 'dist/core/index.d.ts', 'README.md', 'LICENSE', 'NOTICE', 'CHANGELOG.md']) {
      t.ok(paths.includes(path), path)
    }
    t.same(
      paths.filter(path => /^(dist\/test|test|node_modules|core|cli)\//.test(path)),
      [],
    )
    t.same(
      paths.filter(path => /tsbuildinfo|\.csv$/.test(path)),
      [],
    )
  })

  await run('npm', ['install', tarball, '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd: folder,
  })

  await t.test('brings what it needs and no more', async t => {
    const installed = await listPackages(join(folder, 'node_modules'))
    t.ok(installed.includes('modelhost'))
    const unwanted = ['natural', 'mongoose', 'mongodb', 'pg', 'redis', 'memjs', 'stopwords-iso', 'tap', 'typescript']
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

  await t.test("the authors' door opens by its name", async t => {
    const script =
      "import { definePlugin, Type } from 'modelhost'; console.log(typeof definePlugin, typeof Type.Object)"
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder })
    t.equal(stdout, 'function function\n')
  })
})
