import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { fetchData } from '../../cli/workspace/fetch-data.js'
import { findSources } from '../../cli/workspace/local-data.js'
import { readWorkspace } from '../../cli/workspace/read-workspace.js'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { s3Settings, startS3, useS3Env } from '../helpers/s3-server.js'
import { workspace } from '../helpers/workspace.js'

useS3Env()

t.test('before anything is trained it is said what data are not there', async t => {
  const path = await workspace(t, {
    'models/models_to_be_trained.json': { Lines: true, Copy: true },
    'models/Copy/inputData.json': { Training: { path: 'data.txt' } },
    'models/Copy/Copy-params.json': { model_name: 'Tally' },
  })
  const read = await readWorkspace(path, { plugins: [pluginPath('tally')] })
  t.throws(() => findSources(read, undefined), {
    message:
      /^2 things are wrong with the data:\n.*Lines\/inputData\.json: the channel "train" lies at s3:\/\/data-STAGE\/claims\. Say for which stage it is fetched \(--stage\).*\n.*Copy\/inputData\.json: .* its copy at .*data\.txt, which does not exist/,
  })
})

t.test('data are fetched from S3, once a version', async t => {
  const s3 = await startS3(t, { 'claims/factchecks_de.csv': 'a\nb\nc\n', 'claims/factchecks_de.csv.old': 'x' })
  const settings = s3Settings(s3.url)
  const { signal } = new AbortController()
  const cache = join(await folder(t), 'data')
  const fetchOne = () => fetchData('s3://models/claims/factchecks_de.csv', cache, settings, signal)
  const first = await fetchOne()
  const { ino } = await stat(first)
  t.equal(await fetchOne(), first)
  t.equal((await stat(first)).ino, ino, 'it was there')
  s3.put('claims/factchecks_de.csv', 'new\n')
  const second = await fetchOne()
  t.equal(await readFile(second, 'utf8'), 'new\n')
  t.equal((await readdir(cache)).length, 1, 'the version before is gone')
  await t.rejects(
    fetchData('s3://models/claims/none.csv', cache, settings, signal),
    /There is nothing at s3:\/\/models\/claims\/none\.csv\. Check Uri and file_name/,
  )
})

t.test('a prefix with more than a page of objects is fetched whole', async t => {
  // Hidden ones are looked at, and left there.
  const hidden = Array.from({ length: 1000 }, (_, i) => [`claims/.${i}`, ''])
  const s3 = await startS3(t, { ...Object.fromEntries(hidden), 'claims/z.csv': 'z' })
  const cache = join(await folder(t), 'data')
  const found = await fetchData('s3://models/claims/', cache, s3Settings(s3.url), new AbortController().signal)
  t.same(await readdir(found), ['z.csv'])
})

t.test('without file_name all below the prefix is fetched', async t => {
  const s3 = await startS3(t, {
    'claims/a.csv': 'a',
    'claims/b/c.csv': 'c',
    'claims/.hidden': '',
    'claims-2/d.csv': 'd',
  })
  const cache = join(await folder(t), 'data')
  const found = await fetchData('s3://models/claims/', cache, s3Settings(s3.url), new AbortController().signal)
  t.same((await readdir(found, { recursive: true })).sort(), ['a.csv', 'b', 'b/c.csv'])
  t.equal(await readFile(join(found, 'b/c.csv'), 'utf8'), 'c')
})
