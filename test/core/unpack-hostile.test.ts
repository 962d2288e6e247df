import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { createGzip, gzipSync } from 'node:zlib'
import t from 'tap'
import { unpack } from '../../core/store/archive/unpack.js'
import { folder } from '../helpers/artifacts.js'
import { gnuLongName, paxHeader, tar, tarFile, tarFolder, tarHeader, withSum } from '../helpers/tar.js'
import { inPieces, invalidArchive, readTree, roomyLimits, unpacked } from '../helpers/unpacking.js'

t.test('only files and folders are unpacked, anything else is refused by its name', async t => {
  const types: [string, RegExp][] = [
    ['1', /is a hard link/],
    ['2', /is a symbolic link/],
    ['3', /is a device/],
    ['4', /is a device/],
    ['6', /is a fifo/],
    ['7', /is a ContiguousFile/],
    ['S', /is a sparse file/],
    ['D', /is a GNUDumpDir/],
    ['V', /is a TapeVolumeHeader/],
    ['Z', /is of an unknown type/],
    ['\xff', /is of an unknown type/],
  ]
  for (const [type, problem] of types) {
    const entry = tarHeader({ name: 'a-model', type, linkName: '12'.includes(type) ? '/etc/passwd' : '' })
    const expected = invalidArchive(new RegExp(`its entry "a-model" ${problem.source}; only files and folders are`))
    await t.rejects(unpacked(t, tar(tarFile('a-params.json', '{}'), entry)), expected)
  }
  const broken = (problem: string) => invalidArchive(new RegExp(`a header in it is broken \\(.*${problem}\\)`))
  await t.rejects(unpacked(t, tar(tarHeader({ name: 'a', type: '2' }))), broken('linkpath required'))
  await t.rejects(unpacked(t, tar(tarHeader({ name: 'a', linkName: 'b' }))), broken('linkpath forbidden'))
  const hidden = tar(tarHeader({ name: '.hidden', type: '2', linkName: '..' }), tarFile('.hidden/x', 'x'))
  await t.rejects(unpacked(t, hidden), invalidArchive(/its entry ".hidden" is a symbolic link/), 'left out or not')
  const sparse = [paxHeader({ 'GNU.sparse.major': '1', 'GNU.sparse.name': 'a' }), tarFile('a', 'x')]
  await t.rejects(unpacked(t, tar(...sparse)), invalidArchive(/it has a sparse file in it/))
})

t.test('a path that could lead elsewhere, on whatever system, is refused', async t => {
  const paths: [string, RegExp][] = [
    ['/etc/passwd', /has an absolute path/],
    ['//etc/passwd', /has an absolute path/],
    ['../a', /has "\.\." in its path/],
    ['a/../../b', /has "\.\." in its path/],
    ['./..', /has "\.\." in its path/],
    ['.hidden/../../b', /has "\.\." in its path/],
    ['..\\a', /has a backslash in its path/],
    ['C:/a', /has a drive in its path/],
    ['c:a', /has a drive in its path/],
    ['a\nb', /has a control character in its path/],
    ['a\x1b[2J', /has a control character in its path/],
    ['a\u0085', /has a control character in its path/],
    [`${'d/'.repeat(32)}a`, /lies more than 32 folders deep/],
    [`${'n'.repeat(256)}`, /has a name of more than 255 bytes/],
    [`${'ü'.repeat(128)}`, /has a name of more than 255 bytes/],
    [`${'nnnnnnnnn/'.repeat(103)}a`, /has a path of more than 1024 bytes/],
  ]
  for (const [path, problem] of paths) {
    const expected = invalidArchive(new RegExp(`its entry "[^\\n]*" ${problem.source}`))
    // The parser passes over a record with a line feed in it: then the path is missing.
    const inPax = path.includes('\n') ? invalidArchive(/an extended header in it is broken/) : expected
    for (const [named, problem] of [
      [paxHeader({ path }), inPax],
      [gnuLongName(path), expected],
    ] as const) {
      await t.rejects(unpacked(t, tar(named, tarFile('a', 'x'))), problem, path)
      await t.rejects(unpacked(t, tar(named, tarFolder('a/'), tarFile('a', 'x'))), problem, `folder ${path}`)
    }
    if (path.length <= 100) await t.rejects(unpacked(t, tar(tarFile(path, 'x'))), expected, path)
  }
  t.same(await unpacked(t, tar(paxHeader({ path: 'a\0/../b' }), tarFile('x', '1'))), { a: '1' }, 'a zero is an end')
  await t.rejects(unpacked(t, tar(tarFile('', 'x'))), invalidArchive(/a header in it is broken \(.*path is required\)/))
  await t.rejects(unpacked(t, tar(tarFile('.', 'x'))), invalidArchive(/it has a file without a name/))
  const header = tarHeader({ name: 'xa' })
  header[0] = 0xfc
  await t.rejects(unpacked(t, tar(withSum(header))), invalidArchive(/its entry "\ufffda" has a name that is not UTF-8/))
  const latin1 = tarFile('p', Buffer.from('11 path=\xfca\n', 'latin1'), { type: 'x' })
  await t.rejects(unpacked(t, tar(latin1, tarFile('a', 'x'))), invalidArchive(/an extended header in it is broken/))
})

t.test('two entries never share a path, on whatever system', async t => {
  const cases: [Buffer[], RegExp][] = [
    [[tarFile('a', '1'), tarFile('a', '2')], /its entry "a" is there twice/],
    [[tarFile('a', '1'), tarFile('./a', '2')], /its entry "a" is there twice/],
    [[tarFile('a', '1'), tarFolder('a/')], /its entry "a" is there both as a file and as a folder/],
    [[tarFile('a', '1'), tarFile('a/b', '2')], /its entry "a" is there both as a file and as a folder/],
    [[tarFile('a/b', '1'), tarFile('a', '2')], /its entry "a" is there both as a file and as a folder/],
    [[tarFile('a', '1'), tarFile('A', '2')], /its entry "A" has a path that some systems take for "a"/],
    [[tarFile('é', '1'), tarFile('e\u0301', '2')], /its entry "e\u0301" has a path that some systems take for "é"/],
    [[tarFile('in/a', '1'), tarFile('In/b', '2')], /its entry "In" has a path that some systems take for "in"/],
  ]
  for (const [entries, problem] of cases) await t.rejects(unpacked(t, tar(...entries)), invalidArchive(problem))
})

t.test('headers that do not fit are refused', async t => {
  const size = (text: string | Uint8Array) => tarHeader({ name: 'a', sizeField: Buffer.from(text) })
  const cases: [string, Buffer[], RegExp][] = [
    ['words for a size', [size('many       \0')], /a header in it has a size that is no number/],
    ['a negative size', [size(Buffer.alloc(12, 0xff))], /a header in it has a size that is no number/],
    ['no size', [size(Buffer.alloc(12))], /a header in it has a size that is no number/],
    [
      'a size of 2^63',
      [size(Buffer.from('800000008000000000000000', 'hex'))],
      /a header in it is broken \(parsed number outside of javascript safe integer range\)/,
    ],
    ['a size in no way to say one', [size(Buffer.alloc(12, 0x90))], /a header in it is broken \(invalid base256/],
    ['a folder with bytes', [tarFile('a/', 'bytes', { type: '5' })], /a header in it is damaged/],
    ['a pax size in words', [paxHeader({ size: 'many' }), tarFile('a')], /an extended header in it is broken/],
    ['a negative pax size', [paxHeader({ size: '-1' }), tarFile('a')], /an extended header in it is broken/],
    ['half a byte', [paxHeader({ size: '1.5' }), tarFile('a', 'xx')], /a size that is no number/],
    ['a pax size without end', [paxHeader({ size: 'Infinity' }), tarFile('a')], /a size that is no number/],
    ['a pax size too large', [paxHeader({ size: '9'.repeat(16) }), tarFile('a')], /a size that is no number/],
    ['an empty pax path', [paxHeader({ path: '' }), tarFile('a')], /a header in it is broken \(.*path is required\)/],
    ['an empty pax size', [paxHeader({ size: '' }), tarFile('a', 'content')], /a header in it is damaged/],
    ['pax length 0', [tarFile('p', '0 path=a\n', { type: 'x' }), tarFile('a')], /an extended header in it is broken/],
    ['pax length too long', [tarFile('p', '99 path=a\n', { type: 'x' }), tarFile('a')], /header in it is broken/],
    ['pax length too short', [tarFile('p', '5 path=a\n', { type: 'x' }), tarFile('a')], /header in it is broken/],
    ['pax without its end', [tarFile('p', '9 path=ab', { type: 'x' }), tarFile('a')], /header in it is broken/],
    [
      'a second path that is broken',
      [paxHeader({ path: 'b' }), tarFile('p', '99 size=1\n', { type: 'x' }), tarFile('a')],
      /header in it is broken/,
    ],
    ['one path for all', [paxHeader({ path: 'b' }, 'g'), tarFile('a')], /it says one path or size for all its entries/],
    ['one size for all', [paxHeader({ size: '0' }, 'g'), tarFile('a')], /it says one path or size for all its entries/],
    [
      'a huge extended header',
      [tarHeader({ name: 'p', type: 'x', size: 1 << 30 })],
      /header of more than 262144 bytes/,
    ],
    ['a huge long name', [tarHeader({ name: 'p', type: 'L', size: 1 << 30 })], /header of more than 262144 bytes/],
    [
      'a huge long name that another header calls short',
      [paxHeader({ size: '1' }), tarHeader({ name: 'p', type: 'L', size: 1 << 30 }), Buffer.alloc(1 << 20, 'x')],
      /header of more than 262144 bytes/,
    ],
  ]
  for (const [what, entries, problem] of cases) {
    await t.rejects(unpacked(t, tar(...entries)), invalidArchive(new RegExp(`.*${problem.source}`)), what)
  }
  const noRecords = ['5 =a\n', '1'.repeat(1000), '\n'.repeat(1000), '=', '9 path']
  for (const text of noRecords) {
    t.same(await unpacked(t, tar(tarFile('p', text, { type: 'x' }), tarFile('a', '1'))), { a: '1' }, 'says nothing')
  }
})

t.test('what an archive may cost is limited, before it costs it', async t => {
  const tooMany = invalidArchive(/it has more than 10 entries \(--max-archive-entries\)/)
  const limits = { maxEntries: 10 }
  const files = (count: number) => Array.from({ length: count }, (_, i) => tarFile(`${i}`, 'x'))
  t.equal(Object.keys(await unpacked(t, tar(...files(10)), { limits })).length, 10)
  await t.rejects(unpacked(t, tar(...files(11)), { limits }), tooMany)
  await t.rejects(unpacked(t, endless(paxHeader({ comment: 'x' })), { limits }), tooMany, 'extended headers count')
  await t.rejects(unpacked(t, endless(tarFolder('a/')), { limits }), tooMany, 'the same folder counts again')
  await t.rejects(unpacked(t, endless(tarFile('.x', 'x')), { limits }), tooMany, 'what is left out counts')
  await t.rejects(
    unpacked(t, tar(tarFile(`${'d/'.repeat(10)}a`, 'x')), { limits }),
    tooMany,
    'folders without a header',
  )

  const names = endless(tarFile('p', 'x'.repeat(200_000), { type: 'K' }))
  await t.rejects(unpacked(t, names), invalidArchive(/its extended headers have more than 16777216 bytes/))

  const tooLarge = invalidArchive(/it unpacks to more than 100000 bytes \(--max-archive-bytes\)/)
  const small = { limits: { maxBytes: 100_000 } }
  t.equal((await unpacked(t, tar(tarFile('a', 'x'.repeat(100_000))), small))['a']!.length, 100_000)
  await t.rejects(unpacked(t, tar(tarFile('a', 'x'.repeat(60_000)), tarFile('b', 'x'.repeat(40_001))), small), tooLarge)
  await t.rejects(unpacked(t, tar(tarFile('.a', 'x'.repeat(100_001))), small), tooLarge, 'also of what is left out')
  const target = await folder(t)
  const announced = inPieces(tarHeader({ name: 'a', size: 8 ** 11 - 1 }), 512)
  const options = { file: 'claims.tar.gz', limits: roomyLimits, signal: new AbortController().signal }
  await t.rejects(unpack(announced, target, options), invalidArchive(/it unpacks to more than/))
  t.same(await readTree(target), {}, 'an announced size is refused before a byte is written')
})

async function* endless(part: Buffer) {
  for (;;) yield part
}

t.test('a bomb is stopped early, and what it would cost is not paid', async t => {
  const zeros = async function* (bytes: number, made = { bytes: 0 }) {
    const mebibyte = Buffer.alloc(1 << 20)
    const tarred = async function* () {
      yield tarHeader({ name: 'zeros', size: bytes })
      for (; made.bytes < bytes; made.bytes += mebibyte.length) yield mebibyte
      yield Buffer.alloc(1024)
    }
    yield* Readable.from(tarred()).pipe(createGzip({ level: 9 }))
  }
  const made = { bytes: 0 }
  const limits = { maxBytes: 4 * 2 ** 30 }
  await t.rejects(
    unpacked(t, zeros(1 << 30, made), { limits }),
    invalidArchive(/each of its bytes becomes more than 200 \(--max-archive-ratio\)/),
  )
  t.ok(made.bytes < 100 << 20, `${made.bytes >> 20} of 1024 MiB were asked for`)
  const roomy = { limits: { maxRatio: 2000 } }
  t.equal((await unpacked(t, zeros(20 << 20), roomy))['zeros']!.length, 20 << 20, 'a larger ratio may be allowed')
  t.equal((await unpacked(t, zeros(10 << 20)))['zeros']!.length, 10 << 20, 'small files may be all zeros')

  const million = gzipSync(Buffer.concat([...Array(20_000)].map((_, i) => tarHeader({ name: `${i}` }))))
  const members = async function* () {
    for (let i = 0; i < 50; i++) yield million
  }
  await t.rejects(unpacked(t, members()), invalidArchive(/it has more than 1000 entries/))
})

t.test('after a refusal nothing lies outside of the folder', async t => {
  const outer = await folder(t)
  const target = join(outer, 'target')
  await mkdir(target)
  const options = { file: 'claims.tar.gz', limits: roomyLimits, signal: new AbortController().signal }
  const link = tarHeader({ name: 'out', type: '2', linkName: '..' })
  for (const entries of [[tarFile('../escaped', 'x')], [link, tarFile('out/escaped', 'x')]]) {
    await t.rejects(unpack(inPieces(tar(...entries), 512), target, options), { code: 'ARCHIVE_INVALID' })
  }
  t.same(await readdir(outer), ['target'])
  t.same(await readdir(target), [])
  t.notOk((await readdir(dirname(outer))).includes('escaped'))
})
