import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { appendFile, mkdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import { artifactReader } from '../../core/artifact-reader.js'
import type { Catalog } from '../../core/catalog.js'
import { openToRead } from '../../core/file-io.js'
import { describeArtifact } from '../../core/params.js'
import type { AnyPlugin } from '../../core/plugin.js'
import { storeError } from '../../core/store/disk-errors.js'
import { describeFolder, openFolderStore } from '../../core/store/folder/folder-store.js'
import { findPlace, findTrueSpelling } from '../../core/store/folder/place.js'
import { isReplaced } from '../../core/store/replaced.js'
import { type Files, folder } from '../helpers/artifacts.js'
import { archiveOf, never, probeArchive, storeSettings } from '../helpers/folder-stores.js'
import { readTree } from '../helpers/unpacking.js'

const artifact = { 'Probe-params.json': '{"model_name": "Probe"}', 'Probe-model': 'weights' }
const below = (name: string, files: Files) =>
  Object.fromEntries(Object.entries(files).map(([file, content]) => [`${name}/${file}`, content]))

async function open(t: Test, files: Files) {
  const path = await folder(t, files)
  const store = await openFolderStore(await storeSettings(t, path))
  return { path, store, find: (target: string) => store.find(target, never) }
}

t.test('a folder is an artifact where it lies, a file is an archive that is unpacked', async t => {
  const files = { ...below('de/claims', artifact), 'claims.tar.gz': probeArchive('packed'), noName: probeArchive() }
  const { path, find } = await open(t, files)
  const plain = await find('de/claims')
  t.match(plain, { target: 'de/claims', kind: 'folder', fileBytes: 30, folder: join(path, 'de/claims'), root: path })
  t.equal(plain.fetch, undefined, 'nothing to bring')

  const packed = await find('claims.tar.gz')
  t.match(packed, { kind: 'archive', fileBytes: files['claims.tar.gz'].length })
  t.equal(packed.folder, undefined)
  const target = await folder(t)
  await packed.fetch!(target, never)
  t.same(await readTree(target), { ...artifact, 'Probe-model': 'packed' })
  t.equal((await find('noName')).kind, 'archive', 'whatever its name')
})

t.test('another content is another version', async t => {
  const { path, find } = await open(t, { ...below('plain', artifact), 'packed.tgz': probeArchive() })
  const versions = async () => [(await find('plain')).version, (await find('packed.tgz')).version]
  const first = await versions()
  t.same(await versions(), first, 'the same while nothing changes')
  await writeFile(join(path, 'plain/Probe-model'), 'heavier weights')
  await writeFile(join(path, 'new'), probeArchive())
  await rename(join(path, 'new'), join(path, 'packed.tgz'))
  const second = await versions()
  t.ok(first.every((version, i) => version !== second[i]))
  await utimes(join(path, 'plain/Probe-model'), 1, 1)
  t.not((await versions())[0], second[0], 'of the same size, at another time')
})

t.test('a folder that goes while it is looked at is looked for anew', async t => {
  const { path } = await open(t, below('plain', artifact))
  const place = findPlace(path, 'plain')
  const describe = () => describeFolder(place, 'plain', path, 10)
  t.match(describe(), { kind: 'folder', fileBytes: 30 })
  await rename(join(path, 'plain'), join(path, 'gone'))
  t.ok(isReplaced(await errorOf(async () => describe())))
  await writeFile(join(path, 'plain'), probeArchive())
  t.ok(isReplaced(await errorOf(async () => describe())), 'and one that is a file now')
})

const errorOf = (act: () => Promise<unknown>) =>
  act().then(
    () => undefined,
    error => error,
  )

t.test('no path leads out of the store', async t => {
  const secret = await folder(t, below('secret', artifact))
  const { path, find } = await open(t, { ...below('models/claims', artifact), 'x.tar': '' })
  const links = {
    out: secret,
    deep: join(secret, 'secret'),
    file: join(secret, 'secret/Probe-model'),
    up: '..',
    first: 'second',
    second: 'out',
    loop: 'loop',
    inside: 'models/claims',
    chain: 'inside',
    around: `${join('..', path.split('/').at(-1)!)}/x.tar`,
    nothing: 'nowhere',
  }
  for (const [name, target] of Object.entries(links)) await symlink(target, join(path, name))

  for (const target of ['out', 'out/secret', 'deep', 'file', 'up', 'first', 'first/secret', `up/${secret}`]) {
    await t.rejects(find(target), { code: /TARGET_(INVALID|NOT_FOUND)/, status: /400|404/ }, target)
  }
  await t.rejects(find('out'), { message: /"out" leads out of the store/ })
  await t.rejects(find('loop'), { code: 'TARGET_INVALID', message: /leads back to itself/ })
  await t.rejects(find('nothing'), { code: 'TARGET_NOT_FOUND' })
  t.match(await find('inside'), { folder: join(path, 'models/claims') })
  t.match(await find('chain'), { folder: join(path, 'models/claims'), target: 'chain' })
  t.match(await find('around'), { kind: 'archive' }, 'out and in again')
})

t.test('what is no file and no folder is no target, and is not waited for', async t => {
  const { path, find } = await open(t, below('claims', artifact))
  execFileSync('mkfifo', [join(path, 'pipe')])
  await symlink('pipe', join(path, 'link'))
  for (const target of ['pipe', 'link'])
    await t.rejects(find(target), { code: 'TARGET_INVALID', message: /neither a file nor a folder/ })
  const absent = ['none', 'claims/none', 'claims/Probe-model/x', `${'a'.repeat(300)}/b`, 'Claims']
  for (const target of absent) await t.rejects(find(target), { code: 'TARGET_NOT_FOUND' }, target)
})

t.test('a folder with too much in it is refused after a short look', async t => {
  const { path } = await open(t, below('big', { ...artifact, 'Probe-extra': '' }))
  const store = await openFolderStore(await storeSettings(t, path, { maxArchiveEntries: 2 }))
  await t.rejects(store.find('big', never), { code: 'TARGET_INVALID', message: /more than 2 files and folders/ })
})

t.test('an archive that is another one by now is not unpacked', async t => {
  const outside = await folder(t, { 'secret.tar.gz': probeArchive('secret') })
  const { path, find } = await open(t, { 'claims.tar.gz': probeArchive() })
  const archive = join(path, 'claims.tar.gz')
  const changes: Record<string, () => Promise<unknown>> = {
    'a link that leads out': async () => {
      await rm(archive)
      await symlink(join(outside, 'secret.tar.gz'), archive)
    },
    'another file': async () => {
      await writeFile(join(path, 'new'), probeArchive('new'))
      await rename(join(path, 'new'), archive)
    },
    'written over': () => writeFile(archive, probeArchive('newer')),
    longer: () => appendFile(archive, 'more'),
    gone: () => rm(archive),
    'a pipe': async () => {
      await rm(archive)
      execFileSync('mkfifo', [archive])
    },
  }
  for (const [name, change] of Object.entries(changes)) {
    await rm(archive, { force: true })
    await writeFile(archive, probeArchive())
    const found = await find('claims.tar.gz')
    const target = await folder(t)
    await change()
    const error = await found.fetch!(target, never).then(
      () => undefined,
      error => error,
    )
    t.ok(isReplaced(error), name)
    t.match(error, { code: 'STORE_UNAVAILABLE', message: /"claims.tar.gz" was replaced while it was fetched/ })
    t.same(await readTree(target), {}, 'nothing was written')
  }
})

t.test('what is written over while it is read is told from what is broken', async t => {
  const { path, find } = await open(t, { 'claims.tar.gz': archiveOf({ 'x-model': randomBytes(1 << 20) }) })
  const archive = join(path, 'claims.tar.gz')
  const whole = await readFile(archive)
  await writeFile(archive, whole.subarray(0, whole.length / 2))
  const broken = await find('claims.tar.gz')
  await t.rejects(broken.fetch!(await folder(t), never), { code: 'ARCHIVE_INVALID', message: /^claims\.tar\.gz / })
  t.notOk(isReplaced(await broken.fetch!(await folder(t), never).catch(error => error)))

  for (const change of [() => writeFileSync(archive, Buffer.alloc(2 << 20)), () => utimesSync(archive, 5, 5)]) {
    await writeFile(archive, whole)
    const found = await find('claims.tar.gz')
    const { signal } = new AbortController()
    let pieces = 0
    // Asked before each piece is read.
    signal.throwIfAborted = () => {
      if (++pieces === 3) change()
    }
    t.ok(isReplaced(await found.fetch!(await folder(t), signal).catch(error => error)))
    t.ok(pieces >= 3)
  }
})

t.test('links in an artifact do not show files outside the store', async t => {
  const probe = { name: 'Probe', hasModelFile: true, params: { type: 'object', properties: {} } }
  const plugin = probe as unknown as AnyPlugin
  const catalog: Catalog = new Map([['Probe', { plugin, source: 'built in', module: '' }]])
  const outside = await folder(t, artifact)
  const { path, find } = await open(t, {
    ...below('params/x', {}),
    ...below('good', artifact),
    'params/keep': '',
    'model/Probe-params.json': artifact['Probe-params.json'],
    'inside/Probe-params.json': artifact['Probe-params.json'],
    'deeper/one/Probe-params.json': artifact['Probe-params.json'],
    'deeper/one/Probe-model': '',
  })
  await symlink(join(outside, 'Probe-params.json'), join(path, 'params/Probe-params.json'))
  await symlink(join(outside, 'Probe-model'), join(path, 'model/Probe-model'))
  await symlink('../good/Probe-model', join(path, 'inside/Probe-model'))
  const describe = async (target: string, isOneFolderDeeperAllowed = false) => {
    const { folder, root } = await find(target)
    return describeArtifact(folder!, catalog, artifactReader, { root: root!, isOneFolderDeeperAllowed })
  }
  const leadsOut = { code: 'ARTIFACT_FILE_UNREADABLE', message: /a link leads out of the store/ }
  await t.rejects(describe('params'), leadsOut)
  await t.rejects(describe('model'), leadsOut)
  const { files } = await describe('inside')
  t.match(files, [{ name: 'model', bytes: 7, root: path }])

  // Between the look at a file and the reading of it, the link is another one.
  await rm(join(path, 'inside/Probe-model'))
  await symlink(join(outside, 'Probe-model'), join(path, 'inside/Probe-model'))
  t.throws(() => artifactReader.look([{ name: 'other', path: files[0]!.path, bytes: 7, root: path }]), leadsOut)
  const piece = { name: 'model', offset: 0, bytes: 7, fileBytes: 7 }
  const planned = { path: files[0]!.path, root: path, layout: piece, pieces: [{ from: 0, to: 0, count: 7 }] }
  const buffer = new SharedArrayBuffer(7)
  t.throws(() => artifactReader.fill(buffer, [planned]), leadsOut)
  t.same(new Uint8Array(buffer), new Uint8Array(7))

  await rename(join(path, 'good'), join(path, 'moved'))
  const found = await find('moved')
  await rm(join(path, 'moved'), { recursive: true })
  await symlink(outside, join(path, 'moved'))
  await t.rejects(
    describeArtifact(found.folder!, catalog, artifactReader, { root: path }),
    leadsOut,
    'the folder itself',
  )

  await t.rejects(describe('deeper'), { code: 'PARAMS_NOT_FOUND', message: /found: one/ }, 'one artifact, one name')
  t.match(await describe('deeper', true), { prefix: 'Probe' }, 'as in an archive')
})

t.test('a folder that is swapped for a link while a file in it is opened shows nothing', async t => {
  const outside = await folder(t, { 'x-model': 'secret' })
  const path = await folder(t, { 'claims/x-model': 'weights' })
  const swapping = `
    const { renameSync, symlinkSync, unlinkSync } = require('node:fs')
    const { isOver, path, outside } = require('node:worker_threads').workerData
    while (!Atomics.load(isOver, 0)) {
      renameSync(path + '/claims', path + '/real')
      symlinkSync(outside, path + '/claims')
      unlinkSync(path + '/claims')
      renameSync(path + '/real', path + '/claims')
      Atomics.add(isOver, 1, 1)
    }`
  const isOver = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(swapping, { eval: true, execArgv: [], workerData: { isOver, path, outside } })
  const read: Record<string, number> = {}
  while (Atomics.load(isOver, 1) < 3000) {
    let result = 'refused'
    try {
      const descriptor = openToRead(join(path, 'claims/x-model'), path)
      result = readFileSync(descriptor, 'utf8')
      closeSync(descriptor)
    } catch {}
    read[result] = (read[result] ?? 0) + 1
  }
  Atomics.store(isOver, 0, 1)
  await once(worker, 'exit')
  t.ok(read.weights && read.refused, JSON.stringify(read))
  t.equal(read.secret, undefined)
})

t.test('where a file system takes other spellings, the true one is asked for', async t => {
  // As a disk that keeps case, and does not mind it.
  const tree: Record<string, string[]> = { '/s': ['Models', 'x'], '/s/models': ['Größe.tar', 'b'] }
  const names = {
    readdirSync: (path: string) => tree[Object.keys(tree).find(each => each.toLowerCase() === path.toLowerCase())!]!,
    lstatSync: (path: string) => ({
      dev: 1,
      ino: [...path.toLowerCase()].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 7),
    }),
  }
  const spelled = (target: string) => findTrueSpelling('/s', target, names)
  t.equal(spelled('Models/Größe.tar'), undefined)
  t.equal(spelled('models/Größe.tar'), 'Models/Größe.tar')
  t.equal(spelled('Models/größe.TAR'), 'Models/Größe.tar')
  t.equal(spelled('Models/b'), undefined)
  t.equal(spelled('MODELS/B'), 'Models/b')

  const { path, find } = await open(t, { 'a.tar': '', 'A.tar': '', 'b.tar': '' })
  t.equal(findTrueSpelling(path, 'a.tar'), undefined, 'here they are two')
  t.equal((await find('b.tar')).kind, 'archive')
})

t.test('a store that is not there is told at the start, and one that goes later with each question', async t => {
  const path = await folder(t, { 'a/b.tar': '', file: '' })
  for (const [name, problem] of Object.entries({ none: /none does not exist/, file: /file is not a folder/ })) {
    const settings = await storeSettings(t, join(path, name))
    await t.rejects(openFolderStore(settings), { code: 'CONFIG_INVALID', message: problem })
  }
  const store = await openFolderStore(await storeSettings(t, join(path, 'a')))
  await rename(join(path, 'a'), join(path, 'b'))
  const isGone = { code: 'STORE_UNAVAILABLE', message: /ENOENT.*Models that are loaded still answer/ }
  await t.rejects(store.find('b.tar', never), isGone)
  await t.rejects(store.list({ after: undefined, limit: 1 }, never), isGone)
  await mkdir(join(path, 'a'))
  await t.rejects(store.find('b.tar', never), { code: 'TARGET_NOT_FOUND' }, 'and it may come back')
  await rm(join(path, 'a'), { recursive: true })
  await symlink('b', join(path, 'a'))
  t.match(await store.find('b.tar', never), { kind: 'archive' }, 'also as a link to another folder')
})

t.test('errors of a disk are said in words', async t => {
  const error = (code: string) => storeError(Object.assign(new Error(`${code}: it said so`), { code }), '/models')
  for (const code of ['EACCES', 'EPERM'])
    t.match(error(code), { code: 'STORE_DENIED', message: /\/models.*it said so/ })
  for (const code of ['EIO', 'ESTALE']) t.match(error(code), { code: 'STORE_UNAVAILABLE', message: /it said so/ })
  for (const code of ['EMFILE', 'ENOMEM']) t.match(error(code), { code: 'RESOURCES_SHORT', message: /it said so/ })
})
