import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { sampleFolder } from '../../docs/tutorials/run/sample.js'
import { runTutorial } from '../../docs/tutorials/run/tutorial.js'
import { expectAnswers } from './expected.js'

const sample = (name: string) => fileURLToPath(new URL(name, sampleFolder))
const charts = new URL('../charts/', sampleFolder)

/** How many marks of one kind a chart has, as it tells screen readers. */
const countMarks = (svg: string, role: string) => svg.split(`aria-roledescription="${role}"`).length - 1

/** The names of elements, in order; throws where they are not nested as XML has it. */
function readElements(svg: string): string[] {
  const open: string[] = []
  const all: string[] = []
  for (const [, close, name, attributes, empty] of svg.matchAll(/<(\/?)([\w:]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g)) {
    if (close) {
      const last = open.pop()
      if (last !== name || attributes) throw new Error(`</${name}> ends <${last}>`)
    } else {
      all.push(name!)
      if (!empty) open.push(name!)
    }
  }
  if (open.length) throw new Error(`<${open.at(-1)}> has no end`)
  return all
}

t.test('the sample becomes tables and charts, of the same bytes each time', async t => {
  const [folder, again] = ['out', 'again'].map(name => join(t.testdir(), name))
  const printed: string[] = []
  const files: Record<string, string>[] = []
  for (const out of [folder!, again!]) {
    await runTutorial({
      tweets: sample('tweets.csv'),
      entities: sample('entities.jsonl'),
      folder: out,
      minTweets: 3,
      rowLimit: 10,
      print: text => printed.push(text),
    })
    const names = (await readdir(out)).sort()
    files.push(
      Object.fromEntries(await Promise.all(names.map(async name => [name, await readFile(join(out, name), 'utf8')]))),
    )
  }
  t.same(files[1], files[0])

  const expected = await expectAnswers(3)
  t.same(
    Object.keys(files[0]!),
    Object.keys(expected).flatMap(step => [`${step}.csv`, `${step}.svg`]),
  )
  const file = (name: string) => files[0]![name]!
  for (const [step, rows] of Object.entries(expected)) {
    t.equal(file(`${step}.csv`).split('\n').length, rows.length + 2, `${step}.csv has a heading and each row`)
    const svg = file(`${step}.svg`)
    t.equal(readElements(svg)[0], 'svg', step)
    t.match(svg, /^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"[^>]*><rect [^>]*fill="white"/, step)
    t.notMatch(svg, /NaN|undefined|Infinity/, step)
  }

  const bars = (step: string) => countMarks(file(`${step}.svg`), 'bar')
  t.equal(bars('07-people-by-year'), expected['07-people-by-year']!.length)
  t.equal(countMarks(file('08-first-and-last.svg'), 'rule mark'), expected['08-first-and-last']!.length)
  t.equal(bars('09-together'), expected['09-together']!.length)
  t.equal(bars('10-by-hour'), 3 * expected['10-by-hour']!.length, 'three kinds of names an hour')
  t.equal(bars('11-by-device'), 3 * expected['11-by-device']!.length)
  t.equal(bars('12-spikes'), expected['12-spikes']!.length)
  t.equal(bars('13-favorites'), expected['13-favorites']!.length)
  t.equal(bars('14-kinds-over-time'), 3 * expected['14-kinds-over-time']!.length)
  t.match(file('09-together.svg'), /tweets: 2; pair: Tiger Woods and Tom Brady"/)
  t.match(file('12-spikes.svg'), /aria-label="tweets: 4; spike: Ohio, 2016-07-18"/)

  const shown = (await readdir(charts)).filter(name => name.endsWith('.svg'))
  t.ok(shown.length >= 2)
  for (const name of shown) t.equal(await readFile(new URL(name, charts), 'utf8'), file(name), `docs show ${name}`)

  const page = await readFile(new URL('../trump-tweets.md', charts), 'utf8')
  const blocks = [...page.matchAll(/^```text printed\n(\d\d-[a-z-]+\n.*?)```$/gms)].map(match => match[1]!)
  t.equal(blocks.length, 13, 'what the page shows of each step but the first')
  for (const block of blocks)
    t.ok(printed.includes(`${block}\n`), `the page shows what is printed: ${block.split('\n')[0]}`)
})
