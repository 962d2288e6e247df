import t from 'tap'
import { fail } from '../../core/errors.js'
import type { HostStore } from '../../core/server.js'
import type { ArtifactSource } from '../../core/store/artifact-source.js'
import type { ListedTarget, PageRequest } from '../../core/store/store.js'
import type { TargetState } from '../../core/target-state.js'
import { folder } from '../helpers/artifacts.js'
import { fakeHost } from '../helpers/fake-host.js'

const modifiedAt = '2026-11-27T10:00:00.000Z'

/** A store of so many targets, in the order of their numbers. */
function storeOf(count: number, states: Record<string, Partial<TargetState>> = {}): HostStore {
  const list = async ({ after, limit }: PageRequest) => {
    const first = after === undefined ? 0 : Number(after.slice(1)) + 1
    const end = Math.min(first + limit, count)
    const targets: ListedTarget[] = []
    for (let i = first; i < end; i++) targets.push({ target: `ä${i}`, kind: 'archive', fileBytes: i, modifiedAt })
    return { targets, next: end < count ? `ä${end - 1}` : undefined }
  }
  return {
    source: { url: '/store', list } as unknown as ArtifactSource,
    stateOf: target => ({ ...unloaded, ...states[target] }),
  }
}

const unloaded: TargetState = {
  state: 'unloaded',
  isPinned: false,
  residentBytes: 0,
  lastUsedAt: undefined,
  error: undefined,
  retryAt: undefined,
}

t.test('GET /store tells each target, and what the host has of it', async t => {
  const usedAt = new Date('2026-11-27T11:00:00Z')
  const retryAt = new Date('2026-11-27T12:00:00Z')
  const error = fail('ARCHIVE_INVALID', { file: 'ä2', problem: 'it is cut off' })
  const store = storeOf(3, {
    ä1: { state: 'ready', residentBytes: 4096, lastUsedAt: usedAt, isPinned: true },
    ä2: { state: 'failed', error, retryAt },
  })
  const { app } = await fakeHost(t, { store: await folder(t) }, { store })
  const answer = await app.inject('/store')
  t.equal(answer.statusCode, 200)
  const common = { kind: 'archive', residentBytes: 0, pinned: false, modifiedAt }
  t.same(answer.json(), {
    targets: [
      { ...common, target: 'ä0', state: 'unloaded', fileBytes: 0 },
      {
        ...common,
        target: 'ä1',
        state: 'ready',
        fileBytes: 1,
        residentBytes: 4096,
        pinned: true,
        lastUsedAt: usedAt.toISOString(),
      },
      {
        ...common,
        target: 'ä2',
        state: 'failed',
        fileBytes: 2,
        error: { code: 'ARCHIVE_INVALID', message: error.message },
        retryAt: retryAt.toISOString(),
      },
    ],
  })
})

t.test('pages go on where the one before ended, 100 targets each by default', async t => {
  const { app } = await fakeHost(t, { store: await folder(t) }, { store: storeOf(250) })
  const sizes: number[] = []
  let url = '/store'
  for (;;) {
    const page = (await app.inject(url)).json() as { targets: { target: string }[]; nextPageToken?: string }
    t.equal(page.targets[0]!.target, `ä${sizes.length * 100}`)
    sizes.push(page.targets.length)
    if (page.nextPageToken === undefined) break
    t.match(page.nextPageToken, /^[\w-]+$/, 'opaque, and safe in a URL')
    url = `/store?next_page_token=${page.nextPageToken}`
  }
  t.same(sizes, [100, 100, 50])
  const small = (await app.inject('/store?limit=1')).json()
  t.equal(small.targets.length, 1)
})

t.test('a wrong limit or token is 400', async t => {
  const { app } = await fakeHost(t, { store: await folder(t) }, { store: storeOf(3) })
  const broken = Buffer.from('after \xff', 'latin1').toString('base64url')
  const wrong = ['limit=0', 'limit=1001', 'limit=x', 'limit=1&limit=2', 'limit=', 'next_page_token=%C3%A40']
  for (const query of [...wrong, 'next_page_token=a&next_page_token=b', `next_page_token=${broken}`]) {
    const answer = await app.inject(`/store?${query}`)
    t.equal(answer.statusCode, 400, query)
    t.match(answer.json(), { error: { code: 'QUERY_INVALID' } })
  }
})

t.test('a store that is away is a 502, and the host is ready all the same', async t => {
  const store = storeOf(0)
  store.source.list = () => Promise.reject(fail('STORE_UNAVAILABLE', { store: 's3://b', problem: 'no answer' }))
  const { app } = await fakeHost(t, { store: await folder(t) }, { store })
  const answer = await app.inject('/store')
  t.equal(answer.statusCode, 502)
  t.match(answer.json(), { error: { code: 'STORE_UNAVAILABLE' } })
  t.equal((await app.inject('/health/ready')).statusCode, 200)
})
