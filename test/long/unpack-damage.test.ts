import { EventEmitter, once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { isHostError } from '../../core/errors.js'
import { unpack } from '../../core/store/archive/unpack.js'
import { folder } from '../helpers/artifacts.js'
import { gnuLongName, paxHeader, tar, tarFile, tarFolder } from '../helpers/tar.js'
import { inPieces, invalidArchive, readTree, roomyLimits, unpacked } from '../helpers/unpacking.js'

const sound = tar(
  tarFolder('in/'),
  tarFile('in/a-params.json', '{"model_name": "A"}'),
  paxHeader({ path: 'in/größe' }),
  tarFile('x', 'size'.repeat(300)),
  gnuLongName(`in/${'long'.repeat(40)}`),
  tarFile('x', 'long'),
)
/** With more bytes than are looked at to tell what it is. */
const packedLoosely = gzipSync(sound, { level: 0 })
const cutOff = invalidArchive(/it is cut off in the middle/)
const options = (signal = new AbortController().signal) => ({ file: 'claims.tar.gz', limits: roomyLimits, signal })

t.test('an archive that was cut off anywhere is refused', async t => {
  const packed = gzipSync(sound)
  for (let end = 512; end < sound.length - 1024; end += 128)
    await t.rejects(unpacked(t, sound.subarray(0, end)), cutOff)
  for (let end = 2; end < packed.length; end += 3) await t.rejects(unpacked(t, packed.subarray(0, end)), cutOff)
  const one = sound.subarray(0, sound.length - 512)
  t.equal(Object.keys(await unpacked(t, one)).length, 4, 'one empty block is an end, as other programs have it')
  const inTheMiddle = tar(tarFile('a'), Buffer.alloc(512), tarFile('b'))
  await t.rejects(unpacked(t, inTheMiddle), invalidArchive(/an empty block is in the middle of it/))
})

t.test('what follows the end is passed over, up to a mebibyte; after gzip nothing may follow', async t => {
  const packed = gzipSync(sound)
  const followed = (...parts: Uint8Array[]) => Buffer.concat(parts)
  const files = await unpacked(t, sound)
  for (const rest of [Buffer.alloc(100_000), Buffer.from('x'), sound, tar(tarFile('../x'))]) {
    t.same(await unpacked(t, followed(sound, rest)), files)
    t.same(await unpacked(t, gzipSync(followed(sound, rest))), files)
    t.same(await unpacked(t, followed(packed, gzipSync(rest))), files)
  }
  const tooMuch = invalidArchive(/more than 1048576 bytes follow its end/)
  for (const rest of [Buffer.alloc(2 << 20), Buffer.alloc(2 << 20, 'x')]) {
    await t.rejects(unpacked(t, followed(sound, rest)), tooMuch)
    await t.rejects(unpacked(t, gzipSync(followed(sound, rest))), tooMuch)
  }
  const flipped = gzipSync(followed(sound, Buffer.alloc(1 << 20, 'x')))
  flipped[flipped.length - 6]! ^= 1
  await t.rejects(unpacked(t, flipped), invalidArchive(/its gzip checksum does not fit its bytes/), 'it is still read')
  const afterGzip = invalidArchive(/something follows the end of its gzip stream/)
  for (const pieceBytes of [1, 4096, 1 << 20]) {
    for (const rest of [Buffer.alloc(1), Buffer.alloc(200_000), Buffer.from('\0junk')]) {
      await t.rejects(unpacked(t, followed(packed, rest), { pieceBytes }), afterGzip)
    }
    await t.rejects(
      unpacked(t, followed(packed, Buffer.from('junk')), { pieceBytes }),
      invalidArchive(/its gzip stream is/),
    )
  }
})

t.test('damage that a checksum shows is refused', async t => {
  const flipped = (bytes: Buffer, at: number) => {
    const copy = Buffer.from(bytes)
    copy[at]! ^= 1
    return copy
  }
  const wrongSum = invalidArchive(/a header in it is damaged: its checksum is wrong/)
  for (const at of [0, 100, 130, 150, 156, 257, 400, 511]) {
    await t.rejects(unpacked(t, flipped(sound, 512 + at)), wrongSum)
    await t.rejects(unpacked(t, flipped(sound, at === 257 ? 0 : at)), wrongSum, 'also in the first one')
  }
  const wrongGzip = invalidArchive(/its gzip checksum does not fit its bytes/)
  await t.rejects(unpacked(t, flipped(packedLoosely, packedLoosely.length - 1)), wrongGzip, 'length')
  await t.rejects(unpacked(t, flipped(packedLoosely, packedLoosely.length - 6)), wrongGzip, 'CRC')
  await t.rejects(unpacked(t, flipped(packedLoosely, 1100)), wrongGzip, 'content')
  await t.rejects(
    unpacked(t, flipped(packedLoosely, 2)),
    invalidArchive(/its gzip stream is broken \(unknown compression method\)/),
  )
})

t.test('what lies in the folder already is never written over', async t => {
  const target = await folder(t, { a: 'before' })
  const done = unpack(inPieces(tar(tarFile('a', 'after')), 512), target, options())
  await t.rejects(done, invalidArchive(/its entry "a" has a path that this system takes for another/))
  t.same(await readTree(target), { a: 'before' })
})

t.test('what the source or the disk fails with comes through as it is', async t => {
  const failure = Object.assign(new Error('reset'), { code: 'Z_DATA_ERROR' })
  for (const archive of [sound, gzipSync(sound), packedLoosely]) {
    for (const end of [0, 10, 600, 2000, archive.length]) {
      const source = async function* () {
        yield archive.subarray(0, end)
        throw failure
      }
      const error = await unpacked(t, source()).catch(error => error)
      t.equal(error, failure)
      t.equal(await unpacked(t, Readable.from(source())).catch(error => error), failure)
    }
    const throwsAtOnce = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          throw failure
        },
      }),
    } as AsyncIterable<Uint8Array>
    t.equal(await unpacked(t, throwsAtOnce).catch(error => error), failure)
    const gone = join(await folder(t), 'gone')
    await t.rejects(unpack(inPieces(archive, 512), gone, options()), { code: 'ENOENT' })
    const target = await folder(t, { in: 'a file' })
    await t.rejects(unpack(inPieces(archive, 512), target, options()), { code: 'EEXIST' })
  }
})

t.test('a signal ends it at once, whatever it waits for', async t => {
  for (const archive of [sound, gzipSync(sound), packedLoosely]) {
    for (const end of [0, 10, 700, 2000, archive.length]) {
      const controller = new AbortController()
      const reached = new EventEmitter()
      const source = async function* () {
        yield archive.subarray(0, end)
        reached.emit('end')
        await new Promise(() => {}) // A store that answers no more.
      }
      const isReached = once(reached, 'end')
      const done = unpacked(t, source(), { signal: controller.signal })
      await isReached
      controller.abort(new Error('given up'))
      await t.rejects(done, { message: 'given up' })
    }
  }
  const aborted = AbortSignal.abort(new Error('before'))
  await t.rejects(unpacked(t, sound, { signal: aborted }), { message: 'before' })
})

t.test('a source that is left early is closed', async t => {
  const closed = async (archive: Uint8Array, limits = {}) => {
    const closing = new EventEmitter()
    const isClosed = once(closing, 'closed')
    const source = async function* () {
      try {
        for (;;) yield archive
      } finally {
        closing.emit('closed')
      }
    }
    await t.rejects(unpacked(t, source(), { limits }), { code: 'ARCHIVE_INVALID' })
    return isClosed
  }
  t.ok(await closed(Buffer.from('PK\x03\x04'.repeat(200))))
  t.ok(await closed(gzipSync(sound)))
  t.ok(await closed(packedLoosely, { maxEntries: 1 }))
  t.ok(await closed(tar(tarFile('../x'))))

  // A download that goes on and on: the connection is given up.
  const server = createServer((_, response) => response.write(Buffer.concat([tarFile('../x'), Buffer.alloc(1 << 16)])))
  server.listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const connection = once(server, 'connection')
  const { body } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const [socket] = await connection
  await t.rejects(unpacked(t, Readable.fromWeb(body as never)), { code: 'ARCHIVE_INVALID' })
  if (!socket.destroyed) await once(socket, 'close')
})

/** Paths of what this process has open, below a folder. */
async function openBelow(path: string): Promise<string[]> {
  const links = await readdir('/proc/self/fd').catch(() => [])
  const targets = await Promise.all(links.map(link => readlink(`/proc/self/fd/${link}`).catch(() => '')))
  return targets.filter(target => target.startsWith(path))
}

t.test('random archives end in files inside the folder or in an error, and leave nothing open', async t => {
  const outer = await folder(t)
  const target = join(outer, 'target')
  const file = join(outer, 'archive')
  const mutated = fc
    .tuple(
      fc.constantFrom(sound, gzipSync(sound), packedLoosely),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.option(fc.nat()),
      fc.uint8Array({ maxLength: 3 }),
    )
    .map(([archive, edits, end, rest]) => {
      const copy = Buffer.from(archive)
      for (const [at, byte] of edits) copy[at % copy.length] = byte
      return Buffer.concat([copy.subarray(0, end === null ? copy.length : end % copy.length), rest])
    })
  // With sums that fit, so that what is behind them is reached.
  const anyHeaders = fc
    .array(
      fc.tuple(
        fc.constantFrom('a', './a', 'a/b', '../a', '/a', 'A', '.a', 'a/', 'a//b', '', 'ü'),
        fc.constantFrom('0', '0', '5', '1', '2', 'x', 'g', 'L', 'K', 'S', '\0'),
        fc.oneof(
          fc.string({ maxLength: 30 }),
          fc.constantFrom('9 path=b\n', '10 path=..\n', '9 size=9\n', '8 size=\n'),
        ),
        fc.option(fc.nat(2000)),
      ),
      { maxLength: 6 },
    )
    .map(entries =>
      tar(
        ...entries.map(([name, type, content, size]) =>
          tarFile(name, content, { type, ...(size !== null && { size }) }),
        ),
      ),
    )
  const bytes = fc.oneof(
    mutated,
    anyHeaders,
    anyHeaders.map(archive => gzipSync(archive)),
    fc.uint8Array({ maxLength: 2000 }),
  )
  await fc.assert(
    fc.asyncProperty(bytes, fc.integer({ min: 1, max: 3000 }), fc.boolean(), async (archive, pieceBytes, isOnDisk) => {
      await mkdir(target)
      if (isOnDisk) await writeFile(file, archive)
      const source = isOnDisk ? createReadStream(file, { highWaterMark: pieceBytes }) : inPieces(archive, pieceBytes)
      const error = await unpack(source, target, options()).then(
        () => undefined,
        error => error,
      )
      if (error) t.ok(isHostError(error) && error.code === 'ARCHIVE_INVALID', `ARCHIVE_INVALID: ${error}`)
      else t.not(Object.keys(await readTree(target)).length, 0)
      t.notOk(Object.values(await readTree(target)).includes('not a file'))
      // A file stream closes in its own time.
      if (isOnDisk && !(source as Readable).closed) await once(source as Readable, 'close')
      t.same(await openBelow(outer), [])
      await rm(target, { recursive: true })
      await rm(file, { force: true })
      t.same(await readdir(outer), [])
    }),
    { numRuns: 200 },
  )
})
