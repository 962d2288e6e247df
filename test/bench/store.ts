import { link, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeTensorFile } from 'modelhost'
import { memoryOf, startStore } from './host-process.js'
import { median } from './wrk.js'
import { type ArtifactForm, addArtifact, soundBody } from './zipf-store.js'

const few = 10
const many = 200_000
/** How many targets lie side by side. */
const layouts = [
  { form: 'archives', aFolder: 1000 },
  { form: 'archives', aFolder: many },
  { form: 'folders', aFolder: 1000 },
] as const
/** File systems bound the names of one file. */
const namesOfOne = 50_000
const rounds = 5

interface Figures {
  readonly startMs: number
  readonly startRss: number
  readonly loadMs: number
  readonly firstPageMs: number
  readonly furtherPageMs: number
  readonly pageRss: number
}

/** A store of 200,000 targets beside one of 10: what its size costs at the start, at a load, and for a page of `GET /store`. */
export async function store(): Promise<void> {
  for (const { form, aFolder } of layouts) {
    const scratch = await mkdtemp(join(tmpdir(), 'modelhost-bench-'))
    try {
      const rows = []
      for (const count of [few, many]) {
        const folder = join(scratch, String(count))
        const targets = await fill(folder, count, form, aFolder)
        const all: Figures[] = []
        for (let round = 0; round < rounds; round++) all.push(await measure(folder, scratch, targets.at(-1)!))
        rows.push(describe(`${count} ${form}, ${Math.min(count, aFolder)} a folder`, all))
      }
      console.table(rows)
    } finally {
      await rm(scratch, { recursive: true })
    }
  }
}

/** One artifact under many names: a store is found and listed by its names. @returns the targets */
async function fill(folder: string, count: number, form: ArtifactForm, aFolder: number): Promise<string[]> {
  await mkdir(folder)
  const file = encodeTensorFile({ tensors: { weights: new Float32Array(1000) } })
  const targets: string[] = []
  let source = ''
  for (let i = 0; i < count; i++) {
    const group = `g${Math.floor(i / aFolder)}`
    if (i % aFolder === 0) await mkdir(join(folder, group))
    if (i % namesOfOne === 0) {
      source = await addArtifact(folder, `${group}/m${i}`, 'Weights', file, form)
      targets.push(source)
      continue
    }
    const target = form === 'archives' ? `${group}/m${i}.tar.gz` : `${group}/m${i}`
    if (form === 'archives') {
      await link(join(folder, source), join(folder, target))
    } else {
      await mkdir(join(folder, target))
      for (const name of ['w-params.json', 'w-model'])
        await link(join(folder, source, name), join(folder, target, name))
    }
    targets.push(target)
  }
  return targets
}

async function measure(folder: string, scratch: string, target: string): Promise<Figures> {
  const startMs = performance.now()
  const host = await startStore(folder, join(scratch, 'host.log'), '--cache', join(scratch, 'cache'))
  try {
    const started = performance.now() - startMs
    const startRss = (await memoryOf(host.pid)).rss
    const [loadMs] = await timed(() =>
      fetch(`${host.url}/models/${encodeURIComponent(target)}/invoke`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: soundBody,
      }),
    )
    const [firstPageMs, first] = await timed(() => fetch(`${host.url}/store?limit=100`))
    const { nextPageToken } = JSON.parse(first) as { nextPageToken?: string }
    const token = encodeURIComponent(nextPageToken ?? '')
    const [furtherPageMs] = await timed(() => fetch(`${host.url}/store?limit=100&next_page_token=${token}`))
    const pageRss = (await memoryOf(host.pid)).rss
    return { startMs: started, startRss, loadMs, firstPageMs, furtherPageMs, pageRss }
  } finally {
    await host.stop()
  }
}

/** @throws Error where the answer is not 200 */
async function timed(ask: () => Promise<Response>): Promise<[number, string]> {
  const startMs = performance.now()
  const answer = await ask()
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${answer.url}: ${answer.status} ${text}`)
  return [performance.now() - startMs, text]
}

function describe(title: string, all: readonly Figures[]) {
  const of = (name: keyof Figures) => median(all.map(each => each[name]))
  return {
    store: title,
    'start ms': Math.round(of('startMs')),
    'RSS MB': Math.round(of('startRss') / 1e6),
    'first load ms': Math.round(of('loadMs')),
    'first page of 100, ms': Math.round(of('firstPageMs')),
    'second page, ms': Math.round(of('furtherPageMs')),
    'RSS MB after both': Math.round(of('pageRss') / 1e6),
  }
}
