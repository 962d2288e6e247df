import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { encodeTensorFile, isHostError } from 'modelhost'
import { testPlugin } from 'modelhost/testing'
import t from 'tap'
import { train } from '../../core/host.js'
import { anyTag } from '../../plugins/_text/tagging/kernels/score-kernel.js'
import type { Tagger } from '../../plugins/_text/tagging/tagger.js'
import { taggerOf } from '../../plugins/_text/tagging/tagger-file.js'
import { createTokenizer } from '../../plugins/_text/tokens/tokenizer.js'
import { TaggerModel } from '../../plugins/tagger/model.js'
import { pluginSuites } from '../helpers/plugin-suites.js'
import { silentLog } from '../helpers/silent-log.js'
import { tinyTagger, tinyTaggerBytes } from '../helpers/tagger.js'

const tokenize = createTokenizer({ language: 'de', mode: 'text', split_hyphens: false })

function tagsOf(model: Tagger, text: string): string[] {
  const tokens = tokenize(text)
  const out = new Uint8Array(tokens.count)
  model.tag(text, tokens, out)
  return Array.from(out, tag => model.tags[tag]!)
}

function tagsOfWords(model: Tagger, words: readonly string[]): string[] {
  const out = new Uint8Array(words.length)
  model.tagWords(words, out)
  return Array.from(out, tag => model.tags[tag]!)
}

t.test('a trained artifact passes the suite of plugins, and answers tokens with their tags and places', async t => {
  const { plugin, options } = pluginSuites.Tagger
  const { checks } = await testPlugin(plugin, { ...(await options(t)), module: false })
  t.ok(checks.length > 5)
})

t.test('white space is SPACE, and other tokens are tagged as if it were not there', async t => {
  const model = taggerOf(await tinyTaggerBytes(t.testdir({}), 'de'), 'tiny')
  t.equal(model.tags.at(-1), 'SPACE')
  const spaced = tagsOf(model, 'Die  neue \n\n Studie ist   falsch .')
  t.ok(spaced.includes('SPACE'))
  t.same(
    spaced.filter(tag => tag !== 'SPACE'),
    tagsOf(model, 'Die neue Studie ist falsch .'),
  )
  t.same(tagsOfWords(model, ['Die', ' ', '', 'Studie']), ['DET', 'SPACE', 'SPACE', 'NOUN'])
  t.same(tagsOf(model, ' '), tagsOf(model, '').concat('SPACE'))
})

t.test('tags are the same whatever was tagged before', async t => {
  const bytes = await tinyTaggerBytes(t.testdir({}), 'de')
  const warm = taggerOf(bytes, 'tiny')
  const word = fc.oneof(
    fc.constantFrom('Die', 'Studie', 'ist', 'im', ',', '.', 'neue', 'Anna'),
    fc.string({ minLength: 1 }),
  )
  const texts = fc.sample(fc.array(word, { minLength: 1, maxLength: 200 }), { numRuns: 100, seed: 1 })
  // More words than the cache has room for.
  const all = [...texts, Array.from({ length: 20_000 }, (_, i) => `Wort${i}`)]
  for (const words of all) tagsOfWords(warm, words)
  const [tags, coldTags] = [
    all.map(words => tagsOfWords(warm, words)),
    all.map(words => tagsOfWords(taggerOf(bytes, 'tiny'), words)),
  ]
  t.same(tags, coldTags)
})

t.test('a sentence of more than 256 words is tagged in pieces', async t => {
  const model = taggerOf(await tinyTaggerBytes(t.testdir({}), 'de'), 'tiny')
  const words = Array.from({ length: 600 }, (_, i) => ['Die', 'neue', 'Studie', 'ist', 'falsch', 'Anna'][(i * 7) % 6]!)
  const pieces = [words.slice(0, 256), words.slice(256, 512), words.slice(512)]
  t.same(
    tagsOfWords(model, words),
    pieces.flatMap(piece => tagsOfWords(model, piece)),
  )
})

t.test('of a long word its two ends count', async t => {
  const model = taggerOf(await tinyTaggerBytes(t.testdir({}), 'de'), 'tiny')
  const [first, last] = ['A'.repeat(32), 'e'.repeat(32)]
  const tagOf = (word: string) => tagsOfWords(model, ['Die', word, 'ist'])
  t.same(tagOf(`${first}${'ß7-'.repeat(99)}${last}`), tagOf(first + last))
})

t.test('text of any kind is tagged', async t => {
  const model = taggerOf(await tinyTaggerBytes(t.testdir({}), 'de'), 'tiny')
  const million = 1_000_000
  const texts = {
    'one letter, five million times': 'a'.repeat(5 * million),
    'new lines': '\n'.repeat(million),
    emoji: '\u{1f600}'.repeat(million / 4),
    'unpaired surrogates': '\ud800 \udc00 '.repeat(million / 20),
    'zero-width characters': '\u200b\u200d'.repeat(million / 4),
    'full stops': '.'.repeat(million / 4),
  }
  for (const [name, text] of Object.entries(texts)) {
    const tags = tagsOf(model, text)
    t.ok(tags.length > 0 && tags.every(tag => tag !== undefined), name)
  }
})

t.test('a request of too many tokens is refused', async t => {
  const bytes = await tinyTaggerBytes(t.testdir({}), 'de')
  const model = new TaggerModel(taggerOf(bytes, 'tiny'), { language: 'de', mode: 'text', split_hyphens: false })
  const refused = {
    code: 'REQUEST_INVALID',
    message: 'The request has 200001 tokens, more than 200000. Send it in parts.',
  }
  t.throws(() => model.ofText('a '.repeat(200_001).trimEnd()), refused)
  t.throws(() => model.ofTokens([new Array(200_000).fill('a'), ['b']]), refused)
  t.equal(model.ofText('a b').length, 2)
})

t.test('a damaged file is refused, or tags as well as it can; it never crashes', async t => {
  const bytes = await tinyTaggerBytes(t.testdir({}), 'de')
  const words = ['Die', 'neue', 'Studie', 'ist', 'falsch', ',', 'sagt', 'Zauberhaus', '12', '@x', '.']
  const data = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))
  let refused = 0
  const flip = fc.tuple(fc.integer({ min: data, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }))
  fc.assert(
    fc.property(fc.array(flip, { minLength: 1, maxLength: 4 }), flips => {
      const damaged = bytes.slice()
      for (const [at, bits] of flips) damaged[at]! ^= bits
      try {
        return tagsOfWords(taggerOf(damaged, 'tiny'), words).every(tag => tag !== undefined)
      } catch (error) {
        refused++
        return isHostError(error) && ['ARTIFACT_INVALID', 'TENSOR_FILE_BROKEN'].includes(error.code)
      }
    }),
    { numRuns: 1000 },
  )
  t.ok(refused > 0)
})

t.test('in tweets the tags of URLs, mentions, emoji and hashtags at the end are fixed', async t => {
  const folder = t.testdir({})
  const bytes = await tinyTaggerBytes(folder, 'en')
  const tweets = new TaggerModel(taggerOf(bytes, 'tiny'), { language: 'en', mode: 'tweets', split_hyphens: false })
  const words = 'RT @bob the #study says http://a.example @anna #new #house'.split(' ')
  const tags = ['X', 'X', undefined, undefined, undefined, 'X', 'PROPN', 'X', 'X']
  const fixedOf = (answer: readonly { tag: string }[]) => tags.map((tag, i) => tag && answer[i]!.tag)
  t.same(fixedOf(tweets.ofText(words.join(' '))), tags)
  t.same(fixedOf(tweets.ofTokens([words])), tags)
  t.same(fixedOf(tweets.ofTokens([words.with(5, 'URL12')])), tags, 'as corpora mask it')
})

t.test('a tag that is fixed is kept, and its neighbours go by it', async t => {
  const model = taggerOf(await tinyTaggerBytes(t.testdir({}), 'de'), 'tiny')
  const words = ['Die', 'neue', 'Studie', 'ist', 'falsch', '.']
  const fixed = new Uint8Array(words.length).fill(anyTag)
  const tags = (only: Uint8Array) => {
    const out = new Uint8Array(words.length)
    model.tagWords(words, out, only)
    return Array.from(out, tag => model.tags[tag]!)
  }
  const free = tags(fixed)
  for (const [i, tag] of free.entries()) {
    for (const [number, other] of model.tags.slice(0, -1).entries()) {
      fixed[i] = number
      t.equal(tags(fixed)[i], other)
      if (other === tag) t.same(tags(fixed), free)
    }
    fixed[i] = anyTag
  }
  t.same(tags(new Uint8Array(words.length).fill(200)), free, 'a tag that there is not is none')
})

t.test('what the kernels would follow out of bounds is refused by name', async t => {
  const { tensors, metadata } = await tinyTagger(t.testdir({}), 'de')
  const numbers = (name: string) => {
    const tensor = tensors[name]!
    return ('shape' in tensor ? tensor.data : tensor).slice()
  }
  const changed = (name: string, change: (data: ReturnType<typeof numbers>) => void) => {
    const data = numbers(name)
    change(data)
    const tensor = tensors[name]!
    return { [name]: 'shape' in tensor ? { data: data as never, shape: tensor.shape } : (data as never) }
  }
  const cases: Record<string, { tensors?: object; metadata?: object; says: RegExp }> = {
    format: { metadata: { format_version: '2' }, says: /format_version 2/ },
    attributes: { metadata: { attributes_version: '99' }, says: /attributes_version 99/ },
    starts: { tensors: changed('weights.starts', data => data.fill(0xffff_ffff, 1)), says: /weights.lists/ },
    counts: {
      tensors: changed('weights.lists', data => {
        data[4] = 255
      }),
      says: /bucket 0 of "weights.lists"/,
    },
    tags: {
      tensors: changed('weights.lists', data => {
        data[5] = 60
      }),
      says: /bucket 0 of "weights.lists"/,
    },
    pages: {
      tensors: changed('characters.pages', data => {
        data[7] = 255
      }),
      says: /characters.pages/,
    },
    lexicon: {
      tensors: changed('lexicon.starts', data => {
        data[1] = 7000
      }),
      says: /lexicon.starts/,
    },
    numbers: {
      tensors: changed('clusters.entries', data => {
        data[0]! |= 7
      }),
      says: /clusters.entries" has the number 7/,
    },
    paths: {
      tensors: changed('clusters.paths', data => {
        data[1] = 0xffff_ffff
      }),
      says: /clusters.paths/,
    },
    transitions: { tensors: { transitions: new Int16Array(4) }, says: /"transitions" has the shape/ },
  }
  for (const [name, { tensors: others, metadata: facts, says }] of Object.entries(cases)) {
    const bytes = encodeTensorFile({ tensors: { ...tensors, ...others }, metadata: { ...metadata, ...facts } })
    t.throws(() => taggerOf(bytes, 'tiny'), { code: 'ARTIFACT_INVALID', message: says }, name)
  }
})

t.test('the same seed gives the same file, with any number of threads', async t => {
  const folder = t.testdir({})
  const train = async (threads: number, seed = 1) => {
    const file = await tinyTagger(folder, 'en', { runs: 3, seed }, threads)
    return Buffer.from(encodeTensorFile(file)).toString('base64')
  }
  const one = await train(1)
  t.equal(await train(1), one)
  t.equal(await train(3), one)
  t.not(await train(1, 2), one)
})

t.test('a treebank that cannot be learned from is refused by name and line', async t => {
  const folder = t.testdir({})
  const row = (word: string, tag: string) => `1\t${word}\t_\t${tag}\t_\t_\t_\t_\t_\t_\n\n`
  const trained = async (text: string, params: object) => {
    const path = join(folder, 'bad.conllu')
    await writeFile(path, text)
    const job = { plugin: 'Tagger', channels: { train: path }, output: join(folder, 'out'), threads: 1, log: silentLog }
    return train({ ...job, params: params as Record<string, unknown> })
  }
  const refused = (text: string, params: object, message: RegExp) =>
    t.rejects(trained(text, params), { code: 'TRAIN_FAILED', message })
  await refused(row('Haus', '_'), {}, /line 1 of bad.conllu has no UPOS tag for "Haus"/)
  await refused(row('Haus', 'NOUN'), { domain: 'news' }, /"news".*found: bad/)
  await refused(row('Haus', 'NOUN'), { templates: ['lower[-3]'] }, /lower\[-3\].*further than 2/)
  await refused(row('Haus', 'NOUN'), { templates: ['colour'] }, /"colour" is no attribute/)
  const many = Array.from({ length: 65 }, (_, i) => row('Haus', `T${i}`)).join('')
  await refused(many, {}, /65 different tags, more than 64/)
})
