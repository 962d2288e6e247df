import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, link, mkdir, readdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { list } from 'tar'
import { type Catalog, readCatalog } from '../../core/catalog.js'
import { packArtifact } from '../../core/pack.js'
import { findPathProblem, pathKey } from '../../core/store/archive/entry-path.js'
import { formatTarHeader } from '../../core/store/archive/tar-format.js'
import { type Files, folder, pluginPath } from '../helpers/artifacts.js'
import { unpacked } from '../helpers/unpacking.js'

let catalog: Catalog
t.before(async () => {
  catalog = await readCatalog([pluginPath('noop'), pluginPath('tally')])
})

const params = { 'x-params.json': '{"model_name": "Noop"}' }
const pack = async (path: string) => buffer((await packArtifact(path, catalog)).open())
const unreadable = (file: string, problem: string) => ({
  code: 'ARTIFACT_FILE_UNREADABLE',
  message: new RegExp(`^${file} cannot be read: ${problem}`),
})

t.test('what is packed is unpacked the same: files with their paths and bytes, however named and large', async t => {
  const weights = randomBytes(1_000_000).toString('latin1')
  const files = {
    ...params,
    'x-model': weights,
    empty: '',
    'größe 模型': 'x',
    [`deep/${'n'.repeat(99)}`]: 'fits the old header',
    [`${'d'.repeat(155)}/${'n'.repeat(100)}`]: 'just fits it',
    [`${'d'.repeat(156)}/${'n'.repeat(100)}`]: 'does not',
    ['l'.repeat(101)]: 'does not',
    'deep-': 'before what is in the folder',
    '-rf': 'x',
  }
  const packed = await packArtifact(await folder(t, files), catalog)
  t.match(packed, { prefix: 'x', pluginName: 'Noop' })
  const names = Object.keys(files).sort()
  t.same(
    packed.files,
    names.map(name => ({ name, bytes: Buffer.byteLength(files[name as keyof typeof files]) })),
  )
  const archive = await buffer(packed.open())
  const tree = await unpacked(t, archive)
  for (const [name, content] of Object.entries(files)) t.ok(tree[name] === content, name)
  t.ok(gunzipSync(archive).subarray(-1024).equals(Buffer.alloc(1024)), 'two empty blocks are its end')

  const listed: string[] = []
  const file = join(await folder(t, { 'a.tgz': archive }), 'a.tgz')
  await list({ file, onReadEntry: entry => listed.push(entry.path) })
  t.same(listed, names, 'another program reads the same names')
  const { status, stdout } = spawnSync('tar', ['-tzf', '-', '--quoting-style=literal'], {
    input: archive,
    encoding: 'utf8',
  })
  if (status === 0) t.same(stdout.trim().split('\n'), names, 'and one more')
})

t.test('random files come back as they were', async t => {
  const name = fc.string({ minLength: 1, maxLength: 120, unit: 'grapheme' }).filter(text => {
    return !text.includes('/') && !text.startsWith('.') && text !== '__MACOSX' && findPathProblem(text) === undefined
  })
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map(parts => parts.join('/'))
  const keys = (text: string) => pathKey(text.split('/'))
  const paths = fc.uniqueArray(path, { maxLength: 5, selector: text => keys(text).split('/')[0] })
  await fc.assert(
    fc.asyncProperty(paths, fc.array(fc.nat(3000), { minLength: 5, maxLength: 5 }), async (paths, sizes) => {
      const own = paths.filter(each => !each.endsWith('-params.json') && findPathProblem(each) === undefined)
      const contents = own.map((each, i) => [each, 'x'.repeat(sizes[i]!)] as const)
      const files: Files = { ...params, ...Object.fromEntries(contents) }
      const at = await folder(t, files)
      const tree = await unpacked(t, await pack(at))
      t.same(Object.fromEntries(Object.entries(tree).filter(([each]) => !each.endsWith('/'))), files)
      await rm(at, { recursive: true })
    }),
    { numRuns: 50 },
  )
})

t.test('the same files make the same bytes, whenever and in whatever order they were written', async t => {
  const files = { ...params, 'x-model': 'weights'.repeat(100_000), b: 'b', 'a/z': 'z', 'a/y': 'y', a0: '0' }
  const first = await folder(t, files)
  const second = await folder(t, Object.fromEntries(Object.entries(files).reverse()))
  for (const name of Object.keys(files)) await utimes(join(second, name), 1e9, 1e9)
  execFileSync('chmod', ['-R', 'go-rwx', second])
  const archive = await pack(first)
  t.ok(archive.equals(await pack(second)))
  const again = await packArtifact(first, catalog)
  t.ok(archive.equals(await buffer(again.open())))
  t.ok(archive.equals(await buffer(again.open())), 'also of one look at the folder')
  t.same([...archive.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], 'no time, no system')
  const header = gunzipSync(archive).subarray(0, 512)
  const fields = header.toString('latin1', 0, 148).split('\0').filter(Boolean)
  t.same(fields, ['a/y', '000644 ', '000000 ', '000000 ', '0000000001 ', '0000000000 '], 'no owner, mode or time')
  t.equal(header.toString('latin1', 265, 329), '\0'.repeat(64), 'nor names of them')
})

t.test('an artifact with a folder around it is packed without', async t => {
  const path = await folder(t, { 'inner/x-params.json': params['x-params.json'], 'inner/x-model': 'w' })
  t.same(Object.keys(await unpacked(t, await pack(path))).sort(), ['x-model', 'x-params.json'])
})

t.test('dot files are left out, links are followed inside the folder', async t => {
  const outer = await folder(t, { 'in/real/file': 'linked', 'in/x-params.json': params['x-params.json'], secret: 's' })
  const path = join(outer, 'in')
  await writeFile(join(path, '.env'), 'secret')
  await mkdir(join(path, '.git'))
  await symlink('../..', join(path, '.git', 'everything'))
  await symlink('real/file', join(path, 'x-model'))
  await link(join(path, 'real/file'), join(path, 'hard'))
  const tree = {
    'x-params.json': params['x-params.json'],
    'x-model': 'linked',
    hard: 'linked',
    'real/': '',
    'real/file': 'linked',
  }
  t.same(await unpacked(t, await pack(path)), tree)
  const refused: [string, string][] = [
    ['../secret', 'it is a link that leads out of the folder'],
    ['/etc/hosts', 'it is a link that leads out of the folder'],
    ['../in-not', 'it is a link to nothing \\(ENOENT\\)'],
    ['bad', 'it is a link to nothing \\(ELOOP\\)'],
    ['real', 'it is a link to what is not a regular file'],
    ['.', 'it is a link that leads out of the folder'],
  ]
  for (const [target, problem] of refused) {
    await symlink(target, join(path, 'bad'))
    await t.rejects(pack(path), unreadable(join(path, 'bad'), problem), target)
    await rm(join(path, 'bad'))
  }
  execFileSync('mkfifo', [join(path, 'pipe')])
  await t.rejects(pack(path), unreadable(join(path, 'pipe'), 'it is not a regular file'))
})

t.test('what could not be unpacked everywhere, or be loaded, is not packed', async t => {
  for (const [name, problem] of [
    ['back\\slash', 'it has a backslash in its path'],
    ['line\nfeed', 'it has a control character in its path'],
    ['C:', 'it has a drive in its path'],
    [`${'d/'.repeat(33)}a`, 'it lies more than 32 folders deep'],
  ] as const) {
    await t.rejects(pack(await folder(t, { ...params, [name]: 'x' })), {
      code: 'ARTIFACT_FILE_UNREADABLE',
      message: problem,
    })
  }
  const alike = await folder(t, { ...params, 'x-model': '1', 'X-Model': '2' })
  if ((await readdir(alike)).length === 3) {
    await t.rejects(pack(alike), unreadable(join(alike, 'x-model'), 'some systems take its name for that of X-Model'))
  }
  await t.rejects(pack(await folder(t, { a: 'x' })), { code: 'PARAMS_NOT_FOUND' })
  await t.rejects(pack(await folder(t, { ...params, 'y-params.json': '{}' })), { code: 'PARAMS_AMBIGUOUS' })
  await t.rejects(pack(await folder(t, { 'x-params.json': '{"model_name": "Other"}' })), { code: 'PLUGIN_UNKNOWN' })
  await t.rejects(pack(await folder(t, { 'x-params.json': '{"model_name": "Tally"}' })), {
    code: 'ARTIFACT_FILE_MISSING',
  })
})

t.test('a file that changes while it is packed fails the archive', async t => {
  const size = 5_000_000
  const changes: [string, (path: string) => Promise<unknown>, string][] = [
    ['grows', path => appendFile(path, 'x'), 'it changed while it was packed'],
    ['shrinks', path => truncate(path, 10), 'it (changed|shrank) while it was packed'],
    ['is touched', path => utimes(path, 1, 1), 'it changed while it was packed'],
    ['is replaced', path => rename(`${path}.new`, path), 'it changed while it was packed'],
    ['is removed', path => rm(path), 'it cannot be opened \\(ENOENT\\)'],
  ]
  for (const [what, change, problem] of changes) {
    const path = await folder(t, { ...params, 'x-model': randomBytes(size) })
    const { open } = await packArtifact(path, catalog)
    const model = join(path, 'x-model')
    await writeFile(`${model}.new`, randomBytes(size))
    await change(model)
    await t.rejects(buffer(open()), unreadable(model, problem), `before: ${what}`)
  }
  for (const [what, change, problem] of changes.slice(0, 3)) {
    const path = await folder(t, { ...params, 'x-model': randomBytes(size) })
    const stream = (await packArtifact(path, catalog)).open()
    const model = join(path, 'x-model')
    const read = async () => {
      let isChanged = false
      for await (const _ of stream) {
        if (!isChanged) await change(model)
        isChanged = true
      }
    }
    await t.rejects(read(), unreadable(model, problem), `meanwhile: ${what}`)
  }
})

t.test('what does not fit the old header is in an extended one, and nothing else', t => {
  const blocks = (path: string) => formatTarHeader(path, 1).length / 512
  t.equal(blocks('n'.repeat(100)), 1)
  t.equal(blocks('n'.repeat(101)), 3)
  t.equal(blocks(`${'d'.repeat(155)}/${'n'.repeat(100)}`), 1)
  t.equal(blocks(`${'d'.repeat(156)}/${'n'.repeat(100)}`), 3)
  t.equal(blocks(`d/${'n'.repeat(101)}`), 3)
  t.equal(blocks('ü'), 3)
  const [largest, larger] = [formatTarHeader('a', 8 ** 11 - 1), formatTarHeader('a', 8 ** 11)]
  t.equal(largest.length, 512)
  t.equal(largest.toString('latin1', 124, 136), '77777777777\0')
  t.equal(larger.length, 3 * 512)
  t.equal(larger.toString('latin1', 512, 541), '9 path=a\n19 size=8589934592\n\0')
  for (const length of [96, 97, 98, 99, 100, 990, 991, 992, 993, 994]) {
    const path = 'é'.repeat(length / 2)
    const [record] = /^\d+ path=é+\n/.exec(formatTarHeader(path, 1).toString('utf8', 512))!
    t.equal(Number.parseInt(record, 10), Buffer.byteLength(record), 'the length counts itself')
  }
  t.end()
})
