import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { FolderListing } from '../../core/store/folder/listing.js'
import type { PageRequest } from '../../core/store/store.js'
import { isTarget } from '../../core/store/target.js'
import { folder } from '../helpers/artifacts.js'
import { listAll } from '../helpers/folder-stores.js'

function listingOf(path: string) {
  const listing = new FolderListing(path, 1000)
  return { list: async (page: PageRequest) => listing.list(page) }
}

const namesOf = async (path: string, limit = 2) => (await listAll(listingOf(path), limit)).map(({ target }) => target)

t.test('archives are listed by name, and folders that directly hold a params file', async t => {
  const path = await folder(t, {
    'claims.tar.gz': 'four',
    'old.tgz': '',
    'plain.tar': '',
    'notes.txt': '',
    'de/claims/DocSim-params.json': '{}',
    'de/claims/DocSim-model': '123',
    'de/claims/inner/x.tar': '',
    'de/claims/inner/y-params.json': '',
    'de/-params.json': 'a prefix is missing',
    'empty/none': '',
    '.hidden/x.tar': '',
    'de/._DocSim-params.json': '',
    'a%2e/x.tar': '',
    ' blank/x.tar': '',
    'x.TAR': '',
  })
  await mkdir(join(path, 'folder/z-params.json'), { recursive: true })
  const listed = await listAll(listingOf(path), 2)
  t.same(
    listed.map(({ target, kind, fileBytes }) => [target, kind, fileBytes]),
    [
      ['claims.tar.gz', 'archive', 4],
      ['de/claims', 'folder', 5],
      ['old.tgz', 'archive', 0],
      ['plain.tar', 'archive', 0],
    ],
  )
  for (const { modifiedAt } of listed) t.match(modifiedAt, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

t.test('links are listed where they lead to a target within the store, and never walked', async t => {
  const outside = await folder(t, { 'x.tar': '', 'y/z-params.json': '' })
  const path = await folder(t, { 'a/b/c.tar': '', 'a/m/x-params.json': '{}' })
  const links = {
    alias: 'a/m',
    'live.tar': 'a/b/c.tar',
    self: 'self',
    up: '.',
    'a/b/loop': '..',
    'a/top': '..',
    out: outside,
    'out.tar': join(outside, 'x.tar'),
    outM: join(outside, 'y'),
    'nothing.tar': 'none',
  }
  for (const [name, target] of Object.entries(links)) await symlink(target, join(path, name))
  t.same(await namesOf(path), ['a/b/c.tar', 'a/m', 'alias', 'live.tar'])
})

t.test('pages of any size show what a plain look shows', async t => {
  const name = fc.constantFrom('a', 'b', 'a.tar', 'B.tgz', 'x-params.json', 'ä.tar.gz', '-', '.h.tar', 'b%.tar', 'y')
  const trees = fc.array(fc.array(name, { minLength: 1, maxLength: 4 }), { maxLength: 25 })
  const base = await folder(t)
  let runs = 0
  await fc.assert(
    fc.asyncProperty(trees, fc.integer({ min: 1, max: 5 }), async (paths, limit) => {
      const root = join(base, String(runs++))
      mkdirSync(root)
      const files = writeTree(root, paths)
      t.same(await namesOf(root, limit), expectedTargets(files))
      await rm(root, { recursive: true })
    }),
    { numRuns: 100 },
  )
})

/** Writes the paths that do not run into each other. */
function writeTree(root: string, paths: readonly (readonly string[])[]): string[] {
  const files: string[] = []
  for (const path of paths.map(parts => parts.join('/'))) {
    if (files.some(file => file === path || file.startsWith(`${path}/`) || path.startsWith(`${file}/`))) continue
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), 'x')
    files.push(path)
  }
  return files
}

function expectedTargets(files: readonly string[]): string[] {
  const artifacts = new Set<string>()
  for (const file of files) if (/(^|\/)[^/.][^/]*-params\.json$/.test(file)) artifacts.add(dirname(file))
  artifacts.delete('.')
  const isWithin = (path: string) => [...artifacts].some(folder => path.startsWith(`${folder}/`))
  const archives = files.filter(file => /\.(tar|tgz|tar\.gz)$/.test(file))
  const targets = [...archives, ...artifacts].filter(each => isTarget(each) && !isWithin(each))
  const key = (target: string) => target.split('/')
  return targets.sort((a, b) => {
    const [x, y] = [key(a), key(b)]
    const i = x.findIndex((part, at) => part !== y[at])
    return x[i]! < y[i]! ? -1 : 1
  })
}

t.test('what comes and goes between two pages moves nothing else', async t => {
  const files = Array.from({ length: 20 }, (_, i) => `m${String(i).padStart(2, '0')}.tar`)
  const path = await folder(t, Object.fromEntries(files.map(file => [`a/${file}`, ''])))
  const first = await listingOf(path).list({ after: undefined, limit: 5 })
  t.equal(first.next, 'a/m04.tar')
  await rm(join(path, 'a/m04.tar'))
  await writeFile(join(path, 'a/m04a.tar'), '')
  await writeFile(join(path, 'a/m00a.tar'), '')
  const second = await listingOf(path).list({ after: first.next, limit: 2 })
  t.same(
    second.targets.map(({ target }) => target),
    ['a/m04a.tar', 'a/m05.tar'],
  )
  await rm(join(path, 'a'), { recursive: true })
  t.same(await listingOf(path).list({ after: second.next, limit: 2 }), { targets: [], next: undefined })
  for (const after of ['', '/', '../..', 'a//b', '\ud800', 'zzz', 'a/'.repeat(5000)]) {
    await t.resolves(listingOf(path).list({ after, limit: 1 }), 'any text is a place in the order')
  }
})

t.test('a page looks at so much and no more, and the last one says that it is', async t => {
  const path = await folder(t)
  for (let i = 0; i < 10_500; i++) writeFileSync(join(path, `junk${i}`), '')
  await writeFile(join(path, 'z.tar'), '')
  const listing = listingOf(path)
  const first = await listing.list({ after: undefined, limit: 3 })
  t.same(first.targets, [])
  t.ok(first.next)
  const second = await listing.list({ after: first.next, limit: 1 })
  t.match(second, { targets: [{ target: 'z.tar' }], next: undefined }, 'no empty page behind it')
  // Its names are kept for the next page, and read anew once the folder has changed.
  await writeFile(join(path, 'zz.tar'), '')
  t.match(await listing.list({ after: first.next, limit: 1 }), { targets: [{ target: 'z.tar' }], next: 'z.tar' })
})

t.test('folders are walked to a bounded depth', async (t: Test) => {
  const path = await folder(t)
  const at = (depth: number) => join(path, ...Array(depth).fill('d'))
  await mkdir(at(40), { recursive: true })
  for (const depth of [0, 32, 33]) await writeFile(join(at(depth), `at${depth}.tar`), '')
  t.same(await namesOf(path), ['at0.tar', `${'d/'.repeat(32)}at32.tar`])
})
