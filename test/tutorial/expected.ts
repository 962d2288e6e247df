import { readFile } from 'node:fs/promises'
import { sampleFolder } from '../../docs/tutorials/run/sample.js'

type Row = (string | number | null)[]

/** What an alias table, and folding of capital letters, have to make of the names in the sample. */
const names: Record<string, string> = {
  Hillary: 'Hillary Clinton',
  'HILLARY CLINTON': 'Hillary Clinton',
  Obama: 'Barack Obama',
  Merkel: 'Angela Merkel',
  OHIO: 'Ohio',
  Fox: 'Fox News',
  UN: 'United Nations',
  USA: 'United States',
  'U.S.': 'United States',
  America: 'United States',
  AMERICA: 'United States',
  NYC: 'New York',
  'New York City': 'New York',
  'Washington, D.C.': 'Washington',
}

const newYork = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'America/New_York',
  dateStyle: 'short',
  timeStyle: 'medium',
})
const dayMs = 86_400_000
const toDay = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** Node 20 has no Map.groupBy. */
function groupBy<T, K>(values: readonly T[], key: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const value of values) groups.set(key(value), [...(groups.get(key(value)) ?? []), value])
  return groups
}

/** By the columns given: `-` before a number is descending, text is by code units. */
function sortRows(rows: Row[], ...columns: string[]): Row[] {
  return rows.sort((a, b) => {
    for (const column of columns) {
      const [x, y] = [a[Math.abs(Number(column))]!, b[Math.abs(Number(column))]!]
      if (x !== y) return x < y === column.startsWith('-') ? 1 : -1
    }
    return 0
  })
}

/** His own tweets in the sample, by the clocks of New York, and the names in each. */
async function readOwnTweets() {
  const lines = (await readFile(new URL('marked.tsv', sampleFolder), 'utf8')).trimEnd().split('\n').slice(1)
  return lines.flatMap(line => {
    const [createdAt, device, , favorites, isRetweet, marked] = line.split('\t') as string[]
    if (isRetweet === 'true' || /^("@|RT @)/.test(marked!)) return []
    const at = newYork.format(new Date(`${createdAt!.replace(' ', 'T')}Z`))
    const day = Date.parse(at.slice(0, 10))
    const found = new Map<string, string>()
    for (const [, text, label] of marked!.matchAll(/\[([^|\]]+)\|([A-Z]+)\]/g)) found.set(names[text!] ?? text!, label!)
    return {
      year: Number(at.slice(0, 4)),
      hour: Number(at.slice(11, 13)),
      day,
      week: toDay(day - ((new Date(day).getUTCDay() + 6) % 7) * dayMs),
      quarter: `${at.slice(0, 4)}-${String(3 * Math.floor((Number(at.slice(5, 7)) - 1) / 3) + 1).padStart(2, '0')}-01`,
      device: device!,
      favorites: Number(favorites),
      found,
    }
  })
}

type Tweet = Awaited<ReturnType<typeof readOwnTweets>>[number]

/** The same, once for each name, by name. */
function byName(tweets: Tweet[], label?: string): Map<string, Tweet[]> {
  const all = tweets.flatMap(tweet => [...tweet.found].map(([name, kind]) => ({ name, kind, tweet })))
  const found = groupBy(label ? all.filter(one => one.kind === label) : all, one => one.name)
  return new Map([...found].map(([name, group]) => [name, group.map(one => one.tweet)]))
}

/** Tweets, people, organisations, places, names a tweet, and the name in most of them. */
function countKinds(tweets: Tweet[]): Row {
  const kinds = tweets.flatMap(tweet => [...tweet.found.values()])
  const most = sortRows(
    [...byName(tweets)].map(([name, group]) => [name, group.length]),
    '-1',
    '0',
  )
  const counts = ['PER', 'ORG', 'LOC'].map(label => kinds.filter(kind => kind === label).length)
  return [tweets.length, ...counts, round(kinds.length / tweets.length, 2), most[0]?.[0] ?? null]
}

function findSpikes(tweets: Tweet[], minTweets: number): Row[] {
  const weeks = [...new Set(tweets.map(tweet => tweet.week))].sort()
  return [...byName(tweets)].flatMap(([name, group]) => {
    if (group.length < minTweets) return []
    const series = weeks.map(week => group.filter(tweet => tweet.week === week).length)
    return weeks.flatMap((week, i): Row[] => {
      const before = series.slice(Math.max(0, i - 8), i)
      const usual = mean(before)
      const deviation = Math.max(1, Math.sqrt(mean(before.map(count => (count - usual) ** 2))))
      const z = (series[i]! - usual) / deviation
      return before.length === 8 && z >= 3 ? [[week, name, series[i]!, round(usual, 2), round(z, 1)]] : []
    })
  })
}

/**
 * What each question has to answer for the sample, worked out from its marks without any SQL.
 *
 * @returns step -> rows, as the files of `docs/tutorials/local` give them
 */
export async function expectAnswers(minTweets: number): Promise<Record<string, Row[]>> {
  const tweets = await readOwnTweets()
  const groups = <K>(key: (tweet: Tweet) => K) => [...groupBy(tweets, key)]
  const people = byName(tweets, 'PER')

  const byYear = groups(tweet => tweet.year).flatMap(([year, all]) =>
    sortRows(
      [...byName(all, 'PER')].map(([name, { length }]) => [
        year,
        0,
        name,
        length,
        round((100 * length) / all.length, 1),
      ]),
      '-3',
      '2',
    )
      .slice(0, 5)
      .map((row, i): Row => row.with(1, i + 1)),
  )
  const firstAndLast = [...people].flatMap(([name, all]): Row[] => {
    const days = all.map(tweet => tweet.day)
    const [first, last] = [Math.min(...days), Math.max(...days)]
    return all.length < minTweets ? [] : [[name, toDay(first), toDay(last), (last - first) / dayMs, all.length]]
  })
  const pairs = [...people].flatMap(([a, tweetsOfA]) =>
    [...people].flatMap(([b, tweetsOfB]): Row[] => {
      const both = tweetsOfA.filter(tweet => tweetsOfB.includes(tweet)).length
      if (b <= a || both < 2) return []
      return [[a, b, both, round(both / (tweetsOfA.length + tweetsOfB.length - both), 3)]]
    }),
  )
  const usual = new Map(groups(tweet => tweet.year).map(([year, all]) => [year, median(all.map(t => t.favorites))]))
  const favorites = [...byName(tweets)].flatMap(([name, all]): Row[] => {
    const ratios = all.map(tweet => tweet.favorites / usual.get(tweet.year)!)
    const medians = [median(all.map(tweet => tweet.favorites)), round(median(ratios), 2)]
    return all.length < minTweets ? [] : [[name, all[0]!.found.get(name)!, all.length, ...medians]]
  })
  const quarters = groups(tweet => tweet.quarter).flatMap(([quarter, all]): Row[] => {
    const counts = countKinds(all).slice(1, 4) as number[]
    const total = counts.reduce((sum, count) => sum + count)
    return total ? [[quarter, total, ...counts, ...counts.map(count => round((100 * count) / total, 1))]] : []
  })

  return {
    '07-people-by-year': sortRows(byYear, '0', '1'),
    '08-first-and-last': sortRows(firstAndLast, '1', '0'),
    '09-together': sortRows(pairs, '-2', '-3', '0', '1'),
    '10-by-hour': sortRows(
      groups(tweet => tweet.hour).map(([hour, all]) => [hour, ...countKinds(all)]),
      '0',
    ),
    '11-by-device': sortRows(
      groups(tweet => tweet.device).flatMap(([device, all]) =>
        all.length < minTweets ? [] : [[device, ...countKinds(all)]],
      ),
      '-1',
      '0',
    ),
    '12-spikes': sortRows(findSpikes(tweets, minTweets), '-4', '0', '1'),
    '13-favorites': sortRows(favorites, '-4', '0', '1').slice(0, 20),
    '14-kinds-over-time': sortRows(quarters, '0'),
  }
}
