import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { artifactReader } from '../../core/artifact-reader.js'
import { planAsset } from '../../core/assets.js'
import { folder } from '../helpers/artifacts.js'

const plan = (path: string) =>
  planAsset({ name: 'words', url: pathToFileURL(path), scratchBytes: 0 }, artifactReader, 1)

t.test('an asset that the build of its plugin has left behind is missed by its name', async t => {
  const path = await folder(t, { 'words.txt': 'very' })
  t.match(await plan(join(path, 'words.txt')), { files: [{ layout: { name: 'asset', bytes: 4 } }] })
  await t.rejects(plan(join(path, 'none.txt')), {
    code: 'ARTIFACT_FILE_UNREADABLE',
    message:
      /none\.txt cannot be read: it is not there\. Its plugin names it as the asset "words", and a compiler, such as tsc,/,
  })
  await t.rejects(plan(path), { code: 'ARTIFACT_FILE_UNREADABLE', message: /it is a directory/ })
})
