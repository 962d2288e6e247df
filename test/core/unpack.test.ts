import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { create } from 'tar'
import { unpack } from '../../core/store/archive/unpack.js'
import { folder } from '../helpers/artifacts.js'
import { gnuLongName, padded, paxHeader, tar, tarFile, tarFolder, tarHeader, withSum } from '../helpers/tar.js'
import { inPieces, invalidArchive, roomyLimits, unpacked } from '../helpers/unpacking.js'

const two = tar(tarFile('a-params.json', '{}'), tarFile('a-model', 'weights'))
const twoFiles = { 'a-params.json': '{}', 'a-model': 'weights' }

t.test('a tar is unpacked, packed by gzip or not, whatever its pieces', async t => {
  const parts = [gzipSync(two.subarray(0, 700)), gzipSync(two.subarray(700))]
  for (const archive of [two, gzipSync(two), gzipSync(two, { level: 0 }), Buffer.concat(parts)]) {
    for (const pieceBytes of [1, 511, 512, 100_000]) t.same(await unpacked(t, archive, { pieceBytes }), twoFiles)
  }
})

t.test('all ways to say a path and a size are understood', async t => {
  const long = `${'folder/'.repeat(20)}${'n'.repeat(120)}`
  const binary = Buffer.alloc(12)
  binary.writeUInt32BE(7, 8)
  binary[0] = 0x80
  const cutOff = tarHeader({ name: 'ü', size: 7 })
  cutOff[1] = 0
  const cases: [string, Buffer[], string][] = [
    ['GNU long name', [gnuLongName(long), tarFile('cut off', 'content')], long],
    [
      'GNU long link name, of an entry that is no link',
      [tarFile('x', 'y\0', { type: 'K' }), tarFile('a', 'content')],
      'a',
    ],
    ['pax name', [paxHeader({ path: long }), tarFile('cut off', 'content')], long],
    ['pax name in UTF-8', [paxHeader({ path: 'größe/模型' }), tarFile('cut off', 'content')], 'größe/模型'],
    ['a header cut off within a letter', [paxHeader({ path: long }), withSum(cutOff), padded('content')], long],
    ['pax size', [paxHeader({ size: '7' }), tarHeader({ name: 'a' }), padded('content')], 'a'],
    ['the oldest extended header', [paxHeader({ path: long }, 'X'), tarFile('cut off', 'content')], long],
    ['other pax keys', [paxHeader({ mtime: '1.5', 'SCHILY.xattr.user.x': '\n=\n' }), tarFile('a', 'content')], 'a'],
    ['comment for all entries', [paxHeader({ comment: 'of git' }, 'g'), tarFile('a', 'content')], 'a'],
    ['prefix', [tarFile('name', 'content', { prefix: 'deep/er' })], 'deep/er/name'],
    ['no prefix in GNU headers', [tarFile('name', 'content', { prefix: 'times', magic: 'ustar  \0' })], 'name'],
    ['no magic', [tarFile('name', 'content', { magic: '' })], 'name'],
    ['no type', [tarFile('name', 'content', { magic: '', type: '\0' })], 'name'],
    ['UTF-8 in the header', [tarFile('größe', 'content')], 'größe'],
    ['binary size', [tarHeader({ name: 'a', sizeField: binary }), padded('content')], 'a'],
    [
      'size between blanks',
      [tarHeader({ name: 'a', sizeField: Buffer.from('     7 \0    ') }), padded('content')],
      'a',
    ],
    [
      'a size up to what is no digit of it',
      [tarHeader({ name: 'a', sizeField: Buffer.from('7x\0') }), padded('content')],
      'a',
    ],
    [
      'a folder that says bytes of its own',
      [tarHeader({ name: 'in', type: '5', size: 9 }), tarFile('a', 'content')],
      'a',
    ],
    ['leading ./', [tarFolder('./'), tarFile('./a', 'content')], 'a'],
    ['doubled slashes', [tarFile('deep//er/./a', 'content')], 'deep/er/a'],
    ['folders before their files', [tarFolder('deep/'), tarFolder('deep/'), tarFile('deep/a', 'content')], 'deep/a'],
    ['a folder by its slash alone', [tarHeader({ name: 'deep/' }), tarFile('deep/a', 'content')], 'deep/a'],
  ]
  for (const [what, entries, path] of cases) {
    const tree = await unpacked(t, tar(...entries))
    const files = Object.keys(tree).filter(name => !name.endsWith('/'))
    t.same(files, [path], what)
    t.equal(tree[path], 'content')
  }
})

t.test('a long name comes whole, wherever the pieces of the archive are cut', async t => {
  const name = Array.from({ length: 4 }, () => '模型'.repeat(40)).join('/')
  for (let before = 0; before < 3; before++) {
    const comment = 'x'.repeat(before)
    const named = [paxHeader({ comment, path: name }), tarFile('cut off', 'content')]
    const gnu = [gnuLongName(`${comment}${name}`), tarFile('cut off', 'content')]
    for (const pieceBytes of [1, 512, 700, 1024]) {
      t.equal((await unpacked(t, tar(...named), { pieceBytes }))[name], 'content')
      t.equal((await unpacked(t, tar(...gnu), { pieceBytes }))[`${comment}${name}`], 'content')
    }
  }
  for (let blocks = 508; blocks < 514; blocks++) {
    const weights = Buffer.alloc(blocks * 512, 0xe6)
    const archive = tar(tarFile('weights', weights), paxHeader({ path: name }), tarFile('cut off', 'content'))
    t.equal((await unpacked(t, archive, { pieceBytes: archive.length }))[name], 'content')
  }
})

t.test('what editors and archivers of people leave behind is left out', async t => {
  const archive = tar(
    tarFile('._a-params.json', 'x'),
    tarFile('.DS_Store', 'x'),
    tarFolder('__MACOSX/'),
    tarFile('__MACOSX/a', 'x'),
    tarFile('model/.git/config', 'x'),
    tarFile('model/a-params.json', '{}'),
  )
  t.same(await unpacked(t, archive), { 'model/': '', 'model/a-params.json': '{}' })
  await t.rejects(unpacked(t, tar(tarFile('.DS_Store', 'x'))), invalidArchive(/there is no file in it/))
})

t.test('files are 0644 and folders 0755, whatever the archive says', async t => {
  const target = await folder(t)
  const archive = tar(tarHeader({ name: 'in', type: '5', mode: '0007777' }), tarFile('in/a', 'x', { mode: '0004777' }))
  const umask = process.umask(0)
  const options = { file: 'a.tar', limits: roomyLimits, signal: new AbortController().signal }
  await unpack(inPieces(archive, 512), target, options).finally(() => process.umask(umask))
  t.equal((await stat(join(target, 'in'))).mode & 0o7777, 0o755)
  t.equal((await stat(join(target, 'in', 'a'))).mode & 0o7777, 0o644)
})

t.test('archives of other programs are unpacked', async t => {
  const deep = `${'long-folder-name/'.repeat(9)}größe`
  const umlauts = 'ü'.repeat(120)
  const weights = randomBytes(700_000).toString('latin1')
  const files = {
    'a-params.json': '{}',
    'a-model': weights,
    [deep]: 'deep',
    [umlauts]: 'x',
    [`x${umlauts}`]: 'x',
    empty: '',
  }
  const from = await folder(t, files)
  const isSame = async (archive: Buffer, what: string) => {
    const tree = await unpacked(t, archive)
    for (const [name, content] of Object.entries(files)) t.ok(tree[name] === content, `${name} of ${what}`)
  }
  const hasTar = spawnSync('tar', ['--version']).status === 0
  const formats =
    hasTar && execFileSync('tar', ['--version'], { encoding: 'utf8' }).includes('GNU') ? ['gnu', 'posix'] : []
  for (const format of formats) {
    const pack = (...args: string[]) =>
      execFileSync('tar', ['-C', from, `--format=${format}`, ...args, '-cf', '-', '.'], { maxBuffer: 8 << 20 })
    await isSame(pack(), format)
    await isSame(pack('-z'), `${format}, gzip`)
  }
  const path = join(await folder(t), 'a.tgz')
  await create({ file: path, cwd: from, gzip: true }, ['.'])
  await isSame(await readFile(path), 'npm')
})

t.test('what is no archive is called what it looks like', async t => {
  const cases: [string, string | Uint8Array, RegExp][] = [
    ['nothing', '', /an empty file/],
    ['a few bytes', Uint8Array.of(1, 2, 3), /a file that was cut off/],
    ['random bytes', Buffer.alloc(2000, '\x01ab'), /no file that is known/],
    ['zip', 'PK\x03\x04...', /a zip file/],
    ['zstd', Buffer.from('28b52ffd00', 'hex'), /a zstd file/],
    ['bzip2', 'BZh91AY', /a bzip2 file/],
    ['xz', Buffer.from('fd377a585a00', 'hex'), /an xz file/],
    ['an error page', '\n<!DOCTYPE html><title>404</title>', /an HTML page/],
    ['an error of S3', '<?xml version="1.0"?><Error/>', /an XML document/],
    [
      'Git LFS',
      'version https://git-lfs.github.com/spec/v1\noid',
      /a pointer of Git LFS, without the file that it points to/,
    ],
    ['JSON', '{"model_name": "DocSim"}', /a text file/],
    [
      'a model',
      Buffer.from('2000000000000000{"lines":{"dtype"'.replace(/^.{16}/, '\x20\0\0\0\0\0\0\0')),
      /a tensor file, not packed/,
    ],
  ]
  for (const [what, bytes, looksLike] of cases) {
    const problem = new RegExp(`it is no tar or tar\\.gz, but looks like ${looksLike.source}\\.`)
    await t.rejects(unpacked(t, Buffer.from(bytes)), invalidArchive(problem), what)
  }
  const twice = invalidArchive(/its content is no tar, but looks like a gzip file once more/)
  await t.rejects(unpacked(t, gzipSync(gzipSync(two))), twice)
  await t.rejects(
    unpacked(t, gzipSync('PK\x03\x04')),
    invalidArchive(/its content is no tar, but looks like a zip file/),
  )
  await t.rejects(unpacked(t, gzipSync('')), invalidArchive(/its content is no tar, but looks like an empty file/))
  await t.rejects(unpacked(t, tar()), invalidArchive(/there is no file in it/))
})
