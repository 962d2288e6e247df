import fc from 'fast-check'
import t from 'tap'
import { closeFolders, readToken, tokenOf, type Walk, walkBy } from '../../core/store/s3/walk.js'
import type { ListedTarget, Store } from '../../core/store/store.js'
import { isTarget } from '../../core/store/target.js'
import type { Fault } from '../helpers/fault-proxy.js'
import { useS3Env } from '../helpers/s3-server.js'
import { never, startStore } from '../helpers/s3-store.js'

useS3Env()

/** Pages to the last one. */
async function pagesOf(store: Store, limit: number): Promise<ListedTarget[][]> {
  const pages: ListedTarget[][] = []
  let after: string | undefined
  do {
    const page = await store.list({ after, limit }, never)
    pages.push([...page.targets])
    after = page.next
  } while (after !== undefined)
  return pages
}

const names = (targets: readonly ListedTarget[]) => targets.map(({ target }) => target)

t.test('a store lists its archives, and the folders that have a params file', async t => {
  const { store, s3 } = await startStore(t, {
    'live/a.tar': '12345',
    'live/b.tgz': '1',
    'live/c.zip': '1',
    'live/dir/d.tar.gz': '1234567',
    'live/news/': '',
    'live/news/.hidden': '1',
    'live/news/n-model': '12345678',
    'live/news/n-params.json': '{}',
    'live/news/old/deep/x': '1',
    'live/news/old/o-params.json': '{}',
    'live/news/z': '1',
    'live/no/params.json': '{}',
    'live/no/-params.json': '{}',
    'live/.hidden/a.tar': '1',
    'live/with%20percent.tar': '1',
    'live/two//slashes.tar': '1',
    'live/../up.tar': '1',
    'live-2/other.tar': '1',
    'live/x-params.json': '{}',
  })
  s3.put('live/news/n-model', '12345678', { lastModified: new Date('2024-05-01T12:00:00Z') })
  s3.put('live/news/n-params.json', '{}', { lastModified: new Date('2024-06-01T12:00:00Z') })
  s3.put('live/news/z', '1', { lastModified: new Date('2024-04-01T12:00:00Z') })
  const { targets, next } = await store.list({ after: undefined, limit: 100 }, never)
  t.equal(next, undefined)
  t.match(targets, [
    { target: 'a.tar', kind: 'archive', fileBytes: 5 },
    { target: 'b.tgz', kind: 'archive', fileBytes: 1 },
    { target: 'dir/d.tar.gz', kind: 'archive', fileBytes: 7 },
    { target: 'news/old', kind: 'folder', fileBytes: 2 },
    { target: 'news', kind: 'folder', fileBytes: 11, modifiedAt: '2024-06-01T12:00:00.000Z' },
  ])
  t.equal(targets.length, 5)
  for (const { target, kind, fileBytes } of targets) t.match(await store.find(target, never), { kind, fileBytes })
  for (const limit of [1, 2, 3, 4, 5]) {
    const pages = await pagesOf(store, limit)
    t.same(pages.flat(), targets)
    t.ok(pages.every(({ length }) => length <= limit))
  }
})

t.test('an empty store has one empty page, also where the whole bucket is the store', async t => {
  const { store } = await startStore(t, { 'other/a.tar': '1' })
  t.same(await store.list({ after: undefined, limit: 1 }, never), { targets: [], next: undefined })
  const whole = await startStore(t, { 'other/a.tar': '1' }, { store: 's3://models' })
  t.same(names((await whole.store.list({ after: undefined, limit: 1 }, never)).targets), ['other/a.tar'])
})

t.test('of many keys a page asks for a few thousand, and nothing is remembered between pages', async t => {
  const key = (i: number) => `m/${String(i).padStart(5, '0')}.tar.gz`
  const { store, proxy, s3 } = await startStore(t, {})
  for (let i = 0; i < 3500; i++) s3.put(`live/${key(i)}`, 'x', { checksum: 'none' })
  const first = await store.list({ after: undefined, limit: 1500 }, never)
  t.equal(proxy.requests.length, 2)
  t.equal(first.targets.length, 1500)
  const other = await startStore(t, {})
  other.proxy.always('GET', { kind: 'answer', status: 500 })
  s3.put(`live/${key(99_999)}`, 'x')
  s3.remove(`live/${key(1499)}`)
  const second = await store.list({ after: first.next, limit: 10_000 }, never)
  t.same([second.targets[0]?.target, second.targets.length, second.next], [key(1500), 2001, undefined])

  for (let i = 0; i < 12_000; i++) s3.put(`live/a/${i}.txt`, 'x', { checksum: 'none' })
  const before = proxy.requests.length
  const page = await store.list({ after: undefined, limit: 10 }, never)
  t.same(
    [page.targets.length, proxy.requests.length - before],
    [0, 10],
    'ten thousand other keys are enough for a page',
  )
  t.equal((await store.list({ after: page.next, limit: 10 }, never)).targets[0]?.target, key(0))
})

t.test('keys come as AWS writes them, whatever characters they have', async t => {
  const { store, proxy } = await startStore(t)
  const entry = (key: string) =>
    `<Contents><Key>${key}</Key><Size>3</Size><LastModified>2024-05-01T12:00:00.000Z</LastModified><ETag>"e"</ETag></Contents>`
  const keys = ['live/a+b%2Bc.tar', 'live/bell%07.tar', 'live/d%C3%BCr.tar', 'live/%F0%9F%8E%88/x-params.json']
  const body = `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${keys.map(entry).join('')}</ListBucketResult>`
  const fault: Fault = { kind: 'answer', status: 200, headers: { 'content-type': 'application/xml' }, body }
  proxy.always('encoding-type=url', fault)
  const { targets } = await store.list({ after: undefined, limit: 10 }, never)
  t.same(names(targets), ['a b+c.tar', 'dür.tar', '🎈'], 'one with a control character is no target')
})

t.test('a token that was never given is refused', async t => {
  const { store } = await startStore(t)
  const tokens = [
    '',
    'x',
    '%%%',
    Buffer.from('{}').toString('base64url'),
    Buffer.from('[""]').toString('base64url'),
    Buffer.from('["a",[1,2,3]]').toString('base64url'),
    Buffer.from('["a/b",[1,2]]').toString('base64url'),
    Buffer.from('["a/b",[1,1e300,1]]').toString('base64url'),
    Buffer.from('["a/b",[-1,1,1]]').toString('base64url'),
    Buffer.from('["\\ud800"]').toString('base64url'),
    'A'.repeat(100_000),
  ]
  for (const after of tokens) {
    await t.rejects(store.list({ after, limit: 1 }, never), { code: 'QUERY_INVALID', message: /next_page_token/ })
  }
})

const part = fc.constantFrom('a', 'b', 'B', 'c.tar', 'ä', '.h', 'x-params.json', 'a-b', 'a.b', '', '🎈', '\uffee')
const keyOf = fc.array(part, { minLength: 1, maxLength: 5 }).map(parts => parts.join('/'))

t.test('pages of any size show each target once, with all that is in it', t => {
  const walkKeys = (keys: readonly string[], limits: () => number) => {
    const targets: ListedTarget[] = []
    let token: string | undefined
    for (let steps = 0; steps < 1000; steps++) {
      const walk: Walk = token === undefined ? { after: '', folders: [] } : readToken(token)
      const page: ListedTarget[] = []
      const limit = limits()
      const rest = keys.filter(
        key => walk.after === '' || Buffer.compare(Buffer.from(key), Buffer.from(walk.after)) > 0,
      )
      const isWhole = rest.every(key => walkBy(walk, { key, bytes: key.length, modifiedMs: key.length }, page, limit))
      const isDone = isWhole && closeFolders(walk, 0, page, limit)
      targets.push(...page)
      if (isDone) return targets
      token = tokenOf(walk)
    }
    throw new Error('it does not end')
  }
  const isParams = (name: string) => name.endsWith('-params.json') && name !== '-params.json'
  const expectedOf = (keys: readonly string[]) => {
    const archives = keys.filter(key => key.endsWith('.tar') && isTarget(key))
    const folderOf = (key: string) => key.slice(0, Math.max(0, key.lastIndexOf('/')))
    const nameOf = (key: string) => key.slice(key.lastIndexOf('/') + 1)
    const folders = [...new Set(keys.filter(key => isParams(nameOf(key))).map(folderOf))].filter(isTarget)
    const sum = (folder: string) =>
      keys
        .filter(key => key.includes('/') && folderOf(key) === folder && isTarget(nameOf(key)))
        .reduce((bytes, key) => bytes + key.length, 0)
    return [
      ...archives.map(key => `archive ${key} ${key.length}`),
      ...folders.map(folder => `folder ${folder} ${sum(folder)}`),
    ].sort()
  }
  fc.assert(
    fc.property(
      fc.uniqueArray(keyOf, { maxLength: 40 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 4 })),
      (given, sizes) => {
        const keys = given.filter(key => key !== '').sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        const found = walkKeys(keys, () => sizes.next().value as number)
        const shown = found.map(({ kind, target, fileBytes }) => `${kind} ${target} ${fileBytes}`)
        if (shown.sort().join('\n') !== expectedOf(keys).join('\n')) {
          throw new Error(`${JSON.stringify(shown)} is not ${JSON.stringify(expectedOf(keys))}`)
        }
      },
    ),
    { numRuns: 500 },
  )
  t.pass('for 500 sets of keys')
  t.end()
})

t.test('folders without end neither make tokens long nor are they shown', t => {
  const deep = `${Array.from({ length: 500 }, () => 'd').join('/')}/x-params.json`
  const walk: Walk = { after: '', folders: [] }
  const targets: ListedTarget[] = []
  t.ok(walkBy(walk, { key: deep, bytes: 1, modifiedMs: 1 }, targets, 1))
  t.ok(tokenOf(walk).length < 2000)
  t.same(readToken(tokenOf(walk)), walk)
  t.ok(closeFolders(walk, 0, targets, 1))
  t.same(targets, [])
  t.end()
})
