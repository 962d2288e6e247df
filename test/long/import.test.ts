import { once } from 'node:events'
import { existsSync, watch } from 'node:fs'
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../helpers/artifacts.js'
import { fixture } from '../helpers/read-model.js'
import { runCli, startCli } from '../helpers/run-cli.js'

t.test('topics are imported with the params of the original, and answer as pke would', async t => {
  const params = { model_name: 'TopicalPageRank', language: 'de', n_topics: '2', window: '10', max_count: '3' }
  const path = await folder(t, { 'TopicalPageRank-params.json': JSON.stringify(params) })
  const output = join(path, 'out')
  const file = fixture('lda.numpy2.protocol4.pickle.gz')
  const given = ['--params', join(path, 'TopicalPageRank-params.json'), '--output', output]
  const told = await runCli(['import', file, ...given])
  t.match(told, { code: 0, stderr: '' })
  t.match(told.stdout, `${output}: TopicalPageRank-model (`)
  t.match(told.stdout, 'TopicalPageRank of topics of pke (pickle protocol 4): words 15, topics 2\n')
  const written = JSON.parse(await readFile(join(output, 'TopicalPageRank-params.json'), 'utf8'))
  t.match(written, { n_topics: 2, window: 10, max_count: 3, precision: 'float64' })

  const asked = await runCli(['invoke', output], 'Windräder liefern Strom. Kinder essen Zucker.')
  t.equal(asked.code, 0)
  const phrases = (JSON.parse(asked.stdout) as [string, number][]).map(([phrase]) => phrase)
  t.same(phrases.sort(), ['kinder', 'strom', 'windräder'])

  const again = await runCli(['import', file, ...given, '--set', 'max_count=1', '--json'])
  t.match(JSON.parse(again.stdout), {
    folder: output,
    plugin: 'TopicalPageRank',
    figures: { words: 15, topics: 2 },
    notes: [],
  })
  const other = await runCli(['import', fixture('word2vec.bin'), '--output', output])
  t.match(other, { code: 1, stdout: '', stderr: /already holds another artifact \(TopicalPageRank-params\.json\)/ })
  const none = await runCli(['import', join(path, 'none'), '--output', join(path, 'x')])
  t.match(none, { code: 1, stdout: '', stderr: /none cannot be imported: there is no file/ })
  t.notOk(existsSync(join(path, 'x')))
  await symlink(join(path, 'nowhere'), join(path, 'link'))
  const nowhere = await runCli(['import', file, '--output', join(path, 'link')])
  t.match(nowhere, {
    code: 1,
    stdout: '',
    stderr: /link cannot be written \(Error: ENOENT.*\)\. Choose another --output/,
  })
})

t.test('what is told of an import goes to stderr, and what is wrong with the params, too', async t => {
  const path = await folder(t, { 'list.json': '[]', 'twice.json': '{"vector_size": 40}' })
  const output = join(path, 'out')
  const told = await runCli(['import', fixture('doc2vec.gensim3.8.3.save'), '--output', output])
  t.match(told, { code: 0, stdout: /DocSim of a Doc2Vec of gensim 3 \(pickle protocol 2\): words 8, vector_size 3\n$/ })
  t.match(told.stderr, /warn {2}1 stop words have vectors \(im\): stop_words is "none"/)
  const refused = async (args: string[], code: number, message: RegExp) => {
    const shown = await runCli(['import', fixture('word2vec.bin'), '--output', join(path, 'other'), ...args])
    t.match(shown, { code, stdout: '', stderr: message })
    t.notOk(existsSync(join(path, 'other')))
  }
  await refused(['--params', join(path, 'list.json')], 2, /holds no JSON object/)
  await refused(
    ['--params', join(path, 'twice.json')],
    1,
    /its vector_size is 3, the params given say 40\. Are they those of another/,
  )
  await refused(
    ['--set', 'model_name=TopicalPageRank'],
    1,
    /it is a model of DocSim, and the params given are for TopicalPageRank/,
  )
  await refused(['--set', 'weigthing=sif'], 1, /"weigthing" is not a known parameter\. Did you mean "weighting"\?/)
  await refused(['--set', 'weighting=sif'], 1, /tensor "counts" is missing/)
  await refused(['--set', 'examples=[{"text3":1}]'], 1, /example/)
  await refused(['--max-unpacked-bytes', 'much'], 2, /--max-unpacked-bytes is "much"\. Write a size, such as 16GB/)
  await refused(['--max-unpack-ratio', '0'], 2, /--max-unpack-ratio is "0"/)
})

t.test('an import that is stopped leaves nothing', async t => {
  const path = await folder(t)
  const row = ` ${'0.12345678 '.repeat(50)}\n`
  const rows = Array.from({ length: 200_000 }, (_, i) => `w${i}${row}`)
  await writeFile(join(path, 'vectors.txt'), `${rows.length} 50\n${rows.join('')}`)
  const watcher = watch(path)
  const begun = once(watcher, 'change')
  const child = startCli('import', join(path, 'vectors.txt'), '--output', join(path, 'out'))
  const ended = once(child, 'close')
  await begun
  t.equal((await readdir(path)).length, 2, 'a folder beside the output is worked in')
  watcher.close()
  child.kill('SIGINT')
  // The shell that started it is gone with it.
  await ended
  t.same(await readdir(path), ['vectors.txt'])
})
