import fc from 'fast-check'
import t from 'tap'
import { EntityTally, SurfaceTally } from '../../plugins/_measures/entities.js'
import { mapLabels } from '../../plugins/_text/entities/labels.js'
import { joinMentions } from '../../plugins/_text/entities/mentions.js'
import { NeverNames } from '../../plugins/_text/entities/never-names.js'
import { SpanReader } from '../../plugins/_text/entities/span-reader.js'
import { type Entity, entitiesOf, isTag, type Scheme, SchemeFinder, tagsOf } from '../../plugins/_text/entities/tags.js'
import { createTokenizer } from '../../plugins/_text/tokens/tokenizer.js'

const schemes: readonly Scheme[] = ['bio', 'iob1', 'bilou', 'bioes']

/** Names of a sentence, and how many tokens it has. */
const sentence = fc
  .array(
    fc.record({
      gap: fc.nat(2),
      length: fc.integer({ min: 1, max: 3 }),
      label: fc.constantFrom('PER', 'creative-work'),
    }),
    { maxLength: 8 },
  )
  .map(parts => {
    const entities: Entity[] = []
    let at = 0
    for (const { gap, length, label } of parts) {
      entities.push({ label, start: at + gap, end: at + gap + length })
      at += gap + length
    }
    return { entities, count: at + 1 }
  })

t.test('names written by any scheme are read again, and their scheme is known', async () => {
  fc.assert(
    fc.property(sentence, fc.constantFrom(...schemes), ({ entities, count }, scheme) => {
      const tags = tagsOf(count, entities, scheme)
      const finder = new SchemeFinder()
      finder.add(tags)
      const isAsWritten = tagsOf(count, entities, finder.scheme).join(' ') === tags.join(' ')
      return tags.every(isTag) && isAsWritten && JSON.stringify(entitiesOf(tags)) === JSON.stringify(entities)
    }),
  )
})

t.test('a tag that goes on where nothing is open begins a name, as in conlleval', async t => {
  const read = (tags: string) => entitiesOf(tags.split(' ')).map(({ label, start, end }) => `${label} ${start}-${end}`)
  t.same(read('O I-PER I-PER O'), ['PER 1-3'])
  t.same(read('B-PER I-LOC I-LOC'), ['PER 0-1', 'LOC 1-3'])
  t.same(read('I-PER I-PER B-PER'), ['PER 0-2', 'PER 2-3'])
  t.same(read('B-PER E-PER I-PER S-PER I-PER'), ['PER 0-2', 'PER 2-3', 'PER 3-4', 'PER 4-5'])
  t.same(read('L-ORG O U-ORG'), ['ORG 0-1', 'ORG 2-3'])
  t.same(read('B-creative-work I-creative-work'), ['creative-work 0-2'])
  for (const tag of ['', 'B', 'B-', 'X-PER', 'NNP', 'o', 'PER']) t.notOk(isTag(tag), tag)
})

t.test('the scheme of a file is found in its tags', async t => {
  const schemeOf = (...lines: string[]) => {
    const finder = new SchemeFinder()
    for (const line of lines) finder.add(line.split(' '))
    return finder.scheme
  }
  t.equal(schemeOf('O O', 'B-PER I-PER O'), 'bio')
  t.equal(schemeOf('O I-PER I-PER', 'I-LOC B-LOC O'), 'iob1')
  t.equal(schemeOf('B-PER L-PER'), 'bilou')
  t.equal(schemeOf('O S-PER'), 'bioes')
  t.equal(schemeOf('O O'), 'bio')
})

t.test('the numbers of a tagger are read as its tags are, whatever they are', async () => {
  const names = ['O', 'B-PER', 'I-PER', 'L-PER', 'U-PER', 'B-LOC', 'I-LOC', 'L-LOC', 'U-LOC', 'SPACE']
  const reader = new SpanReader(names)
  fc.assert(
    fc.property(fc.array(fc.nat(8), { maxLength: 20 }), numbers => {
      const found: Entity[] = []
      // White space between all tokens: nobody sees it.
      const spaced = numbers.flatMap(number => [number, 9])
      reader.read(Uint8Array.from(spaced), spaced.length, 9, (label, first, last) => {
        found.push({ label, start: first / 2, end: last / 2 + 1 })
      })
      return JSON.stringify(found) === JSON.stringify(entitiesOf(numbers.map(number => names[number]!)))
    }),
  )
})

t.test('labels are mapped, and left out', async t => {
  const entities = ['person', 'product', 'LOC'].map((label, start) => ({ label, start, end: start + 1 }))
  const mapped = mapLabels(entities, { person: 'PER', product: '' })
  t.same(
    mapped.map(({ label }) => label),
    ['PER', 'LOC'],
  )
})

t.test('names that touch have a B in IOB1, others have none', async t => {
  const [a, b, c] = [
    { label: 'PER', start: 0, end: 2 },
    { label: 'PER', start: 2, end: 3 },
    { label: 'LOC', start: 3, end: 4 },
  ] as const
  t.same(tagsOf(5, [a, b, c], 'iob1'), ['I-PER', 'I-PER', 'B-PER', 'I-LOC', 'O'])
  t.same(tagsOf(5, [a, b, c], 'bioes'), ['B-PER', 'E-PER', 'S-PER', 'S-LOC', 'O'])
})

t.test('mentions that were cut in two are joined, and stand for themselves', async t => {
  const words = ['RT', '@', 'anna_k', ':', 'me', '@', 'home.', '@bob', '@']
  const tags = ['O', 'B-PER', 'B-PER', 'O', 'O', 'O', 'O', 'O', 'O']
  const joined = joinMentions(words, tags)
  t.same(joined.words, ['RT', '@anna_k', ':', 'me', '@', 'home.', '@bob', '@'])
  t.same(joined.tags, ['O', 'U-PER', 'O', 'O', 'O', 'O', 'O', 'O'])
  t.same(joined.mentions, [false, true, false, false, false, false, true, false])
  t.same(joined.places, [0, 1, 3, 4, 5, 6, 7, 8, 9])
  t.same(joinMentions(['@', 'bob'], ['B-ORG', 'O']).tags, ['U-ORG'], 'where only the sign has a tag')
})

t.test('links, addresses, emoji, mentions and the RT before them are never names', async t => {
  const settings = { language: 'en', mode: 'tweets', split_hyphens: false } as const
  const text = 'RT  @bob: RT Amazon.com www.a.example a.com/b tom@a.example :) 😀 #tag @x'
  const tokenize = createTokenizer(settings)
  const marked = (mentions: boolean, hashtags = true) => {
    const never = new NeverNames({ ...settings, mentions, hashtags })
    const inText: string[] = []
    const { starts, ends } = tokenize(text)
    never.inText(text, tokenize(text), i => void inText.push(text.slice(starts[i], ends[i])))
    const words = [...text.replace(':', ' :').split(/ +/), 'URL12']
    const inWords: string[] = []
    never.inWords(words, i => void inWords.push(words[i]!))
    return { inText, inWords }
  }
  const links = ['www.a.example', 'a.com/b', 'tom@a.example', ':)', '😀']
  t.same(marked(false), { inText: ['RT', '@bob', ...links, '@x'], inWords: ['RT', '@bob', ...links, '@x', 'URL12'] })
  t.same(marked(true), { inText: ['RT', ...links], inWords: ['RT', ...links, 'URL12'] })
  t.same(marked(true, false).inText, ['RT', ...links, '#tag'], 'hashtags where they are not to be names')
})

t.test('names are counted over all sentences, by label, as conlleval counts them', async t => {
  const tally = new EntityTally()
  const names = (tags: string) => entitiesOf(tags.split(' '))
  // The example of seqeval's own page: of two names one has other borders.
  tally.add(names('O O O B-MISC I-MISC I-MISC O'), names('O O B-MISC I-MISC I-MISC I-MISC O'))
  tally.add(names('B-PER I-PER O'), names('B-PER I-PER O'))
  t.same(tally.score, { precision: 0.5, recall: 0.5, f1: 0.5, gold: 2, predicted: 2 })
  t.same(tally.scores(), [
    ['MISC', { precision: 0, recall: 0, f1: 0, gold: 1, predicted: 1 }],
    ['PER', { precision: 1, recall: 1, f1: 1, gold: 1, predicted: 1 }],
  ])
  t.same(tally.errors(), [['MISC with other borders', 1]])
  t.same(new EntityTally().score, { precision: 0, recall: 0, f1: 0, gold: 0, predicted: 0 })
})

t.test('what went wrong is told by kind: two names that lie over each other are one error', async t => {
  const tally = new EntityTally()
  const span = (label: string, start: number, end: number) => ({ label, start, end })
  const gold = [span('PER', 0, 2), span('ORG', 3, 4), span('LOC', 5, 6), span('PER', 8, 10), span('ORG', 12, 13)]
  const found = [span('PER', 0, 1), span('LOC', 3, 4), span('PER', 6, 7), span('LOC', 9, 11), span('ORG', 11, 12)]
  tally.add(gold, found)
  t.same(tally.errors(), [
    ['LOC not found', 1],
    ['ORG not found', 1],
    ['ORG taken for LOC', 1],
    ['ORG that is none', 1],
    ['PER taken for LOC, with other borders', 1],
    ['PER that is none', 1],
    ['PER with other borders', 1],
  ])
})

t.test('the tally agrees with counting by hand on random names', async () => {
  fc.assert(
    fc.property(sentence, sentence, ({ entities: gold }, { entities: found }) => {
      const tally = new EntityTally()
      tally.add(gold, found)
      const right = found.filter(one => gold.some(other => JSON.stringify(one) === JSON.stringify(other))).length
      const { precision, recall } = tally.score
      const wrong = tally.errors().reduce((sum, [, count]) => sum + count, 0)
      const most = gold.length + found.length - 2 * right
      return (
        precision === (found.length > 0 ? right / found.length : 0) &&
        recall === (gold.length > 0 ? right / gold.length : 0) &&
        wrong <= most &&
        2 * wrong >= most
      )
    }),
  )
})

t.test('of distinct names each counts once', async t => {
  const tally = new SurfaceTally()
  for (const text of ['Oslo', 'Oslo', 'Bergen']) tally.addGold(text, 'LOC')
  for (const text of ['Oslo', 'Oslo', 'May']) tally.addPredicted(text, 'LOC')
  tally.addPredicted('Bergen', 'PER')
  t.same(tally.score, { precision: 1 / 3, recall: 1 / 2, f1: 2 / 5 })
})
