import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeTensorFile, type Log, type Progress, type TensorSource } from 'modelhost'
import type { Test } from 'tap'
import topicalPageRank from '../../plugins/topical-page-rank/index.js'
import { silentLog } from './silent-log.js'
import { tinyTaggerFile } from './tiny-tagger.js'
import { type TopicalPageRankParams, topicalPageRankDefaults } from './topical-page-rank-artifact.js'
import { noLimits } from './train-limits.js'

/** Trains on a table, with a small tagger for the channel `tagger`, and gives what was written. */
export async function trainTopics(
  t: Test,
  csv: string,
  changes: Partial<TopicalPageRankParams> = {},
  { threads = 1, tagger = true } = {},
  limits: Partial<typeof noLimits> = {},
) {
  const folder = t.testdir({})
  const train = join(folder, 'claims.csv')
  writeFileSync(train, csv)
  const channel = join(folder, 'Tagger-model')
  if (tagger) writeFileSync(channel, await tinyTaggerFile())
  const steps: Progress[] = []
  const lines: [string, object][] = []
  const keep = (fields: object, message: string) => void lines.push([message, fields])
  const log: Log = { ...silentLog, info: keep, warn: keep }
  const files: Record<string, TensorSource> = {}
  const write = async (name: string, content: TensorSource) => {
    files[name] = content
  }
  const params = { ...topicalPageRankDefaults, n_topics: 2, ...changes }
  const progress = (step: Progress) => void steps.push(step)
  const channels = tagger ? { train, tagger: channel } : { train }
  const context = { channels, params, artifact: { write }, log, progress, threads }
  const end = await topicalPageRank.train?.({ ...context, ...noLimits, ...limits })
  const bytes = (name: string) => encodeTensorFile(files[name]!)
  return { model: bytes('model'), tagger: files['tagger'] && bytes('tagger'), steps, lines, params, end }
}
