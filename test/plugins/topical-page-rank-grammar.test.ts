import fc from 'fast-check'
import t from 'tap'
import { Chunker } from '../../plugins/topical-page-rank/grammar/chunker.js'
import { GrammarError } from '../../plugins/topical-page-rank/grammar/parse-grammar.js'
import { chunkTwin, formatTree, type TagTree } from '../twins/chunks.js'

const universal = ['ADJ', 'ADP', 'CCONJ', 'DET', 'NOUN', 'PROPN', 'PUNCT', 'VERB', 'SPACE', 'PP$', 'NN', 'NNS', 'JJ']

/** Chunks labelled NP of one sentence: `0-1 3`. */
function chunks(grammar: string, sentence: string, tags: readonly string[] = universal): string {
  const chunker = new Chunker(grammar, tags)
  const words = sentence.split(' ').filter(word => word !== '')
  chunker.add(
    Uint8Array.from(words, word => tags.indexOf(word)),
    0,
    words.length,
  )
  const { count, first, last } = chunker.chunks
  const spans = Array.from({ length: count }, (_, i) => [first[i]!, last[i]!])
  return spans.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(' ')
}

t.test('the grammar of the original makes a candidate of each noun with the adjectives before it', async t => {
  const grammar = 'NP: {<ADJ>*<NOUN|PROPN>}'
  t.equal(chunks(grammar, 'DET ADJ ADJ NOUN VERB NOUN NOUN ADJ'), '1-3 5 6')
  t.equal(chunks(grammar, 'ADJ ADJ'), '')
  t.equal(chunks(grammar, ''), '')
  t.equal(chunks('NP:{<ADJ>*<NOUN|PROPN>+}', 'ADJ NOUN PROPN NOUN'), '0-3', 'with a plus, nouns stay together')
})

t.test('quantifiers, groups and choices are those of regular expressions', async t => {
  const cases: [string, string, string][] = [
    ['{<NOUN>?<VERB>}', 'NOUN VERB VERB', '0-1 2'],
    ['{<NOUN>{2}}', 'NOUN NOUN NOUN NOUN NOUN', '0-1 2-3'],
    ['{<NOUN>{2,}}', 'NOUN VERB NOUN NOUN NOUN', '2-4'],
    ['{<NOUN>{,2}}', 'NOUN NOUN NOUN', '0-1 2'],
    ['{<ADJ>{1,2}<NOUN>}', 'ADJ ADJ ADJ NOUN', '1-3'],
    ['{(<ADJ><NOUN>)+}', 'ADJ NOUN ADJ NOUN NOUN', '0-3'],
    ['{(?:<ADJ>|<NOUN>)+}', 'ADJ NOUN VERB ADJ', '0-1 3'],
    ['{<ADJ>|<NOUN><NOUN>}', 'ADJ NOUN NOUN NOUN', '0 1-2'],
    ['{<NOUN>|<NOUN><NOUN>}', 'NOUN NOUN', '0 1'],
    ['{<ADJ>*?<NOUN>+?}', 'ADJ ADJ NOUN NOUN', '0-2 3'],
    ['{<ADJ>??}', 'ADJ ADJ', '0 1'],
    ['{}', 'NOUN', ''],
    ['{ < NOUN | PROPN > + }', 'NOUN PROPN', '0-1'],
  ]
  for (const [rule, sentence, expected] of cases) t.equal(chunks(`NP: ${rule}`, sentence), expected, rule)
})

t.test('what stands between < and > is a regular expression for the whole tag', async t => {
  const cases: [string, string, string][] = [
    ['<N.*>', 'NOUN NN PROPN', '0 1'],
    ['<NN.?>', 'NN NNS NOUN', '0 1'],
    ['<NNS?>', 'NN NNS NOUN', '0 1'],
    ['<[JN]+>', 'JJ NN NNS', '0 1'],
    ['<[^V].*>', 'VERB NOUN', '1'],
    ['<[A-D].*>', 'ADJ NOUN CCONJ DET', '0 2 3'],
    ['<(PRO)?PN|N(N|OUN)>', 'PROPN NN NOUN', '0 1 2'],
    ['<PP\\$>', 'PP$ NN', '0'],
    ['<PP$>', 'PP$ NN', ''],
    ['<^NN>', 'NN', ''],
    ['<NO>', 'NOUN', ''],
    ['<>', 'NOUN', ''],
    ['<\\w+>', 'NN PP$', '0'],
  ]
  for (const [tag, sentence, expected] of cases) t.equal(chunks(`NP: {${tag}}`, sentence), expected, tag)
})

t.test('a later rule sees only what is in no chunk of its stage', async t => {
  t.equal(chunks('NP: {<ADJ><NOUN>}\n{<NOUN>}\n{<PROPN>+}', 'ADJ NOUN NOUN PROPN PROPN'), '0-1 2 3-4')
  t.equal(chunks('NP: {<NOUN>}\n{<ADJ><NOUN>}', 'ADJ NOUN'), '1')
  t.equal(chunks('NP: {<NOUN>}\n{<ADJ>+}', 'ADJ NOUN ADJ ADJ'), '0 1 2-3', 'chunks are borders')
})

t.test('a later stage sees chunks as tokens, and only those labelled NP count, outer ones first', async t => {
  const grammar = 'NBAR: {<ADJ>*<NOUN>}\nNP: {<NBAR><ADP><NBAR>}\n{<NBAR>}'
  t.equal(chunks(grammar, 'ADJ NOUN ADP NOUN VERB NOUN'), '0-3 5')
  t.equal(chunks('X: {<NOUN>}', 'NOUN'), '')
  t.equal(chunks('NP: {<NOUN>}\nNP: {<NP><ADP><NP>}', 'NOUN ADP NOUN NOUN'), '0-2 0 2 3')
  t.equal(chunks('NP: {<NOUN>}\nVP: {<VERB><NP>}\nNP: {<VP>}', 'VERB NOUN'), '0-1 1')
})

t.test('comments and empty lines say nothing', async t => {
  const grammar = '# nouns: with adjectives\n\nNP:\n  {<ADJ>*<NOUN>} # as in\n  # {<VERB>}\n{<\\#>}'
  t.equal(chunks(grammar, 'ADJ NOUN VERB #', [...universal, '#']), '0-1 3')
})

t.test('a grammar that is wrong, or not supported, is refused with what is wrong', async t => {
  const cases: [string, RegExp][] = [
    ['', /it has no rule\. A grammar is lines such as NP: \{<ADJ>\*<NOUN\|PROPN>\}/],
    ['NP:', /it has no rule/],
    ['{<NOUN>}', /"\{<NOUN>\}" stands before any NAME:/],
    ['NP {<NOUN>}', /stands before any NAME:/],
    [': {<NOUN>}', /has no name before the ":"/],
    ['NP: <NOUN>', /is not one rule from "\{" to "\}"/],
    ['NP: {<NOUN>', /is not one rule from "\{" to "\}"/],
    ['NP: {<NOUN>} {<PROPN>}', /has a "\}" amid the rule: two rules need two lines/],
    ['NP: {<NOUN}', /has a "<" without a ">"/],
    ['NP: {<NOUN>>}', /has ">" outside of < and >/],
    ['NP: {NOUN}', /has "N" outside of < and >/],
    ['NP: {^<NOUN>}', /has "\^" outside of < and >/],
    ['NP: {<A<B>>}', /has a "<" within <\.\.\.>/],
    ['NP: {<A{2}>}', /has a "\{" within <\.\.\.>/],
    ['NP: {<A>**}', /has "\*\*", two quantifiers in a row/],
    ['NP: {<A>*+}', /two quantifiers in a row/],
    ['NP: {<A>{2}{3}}', /two quantifiers in a row/],
    ['NP: {*<A>}', /has a "\*" with nothing before it/],
    ['NP: {(<A>}', /has a "\(" without a "\)"/],
    ['NP: {<A>)}', /has a "\)" without a "\("/],
    ['NP: {(?=<A>)}', /begins with "\(\?", which only "\(\?:" may/],
    ['NP: {<A>{3,2}}', /the first number is larger/],
    ['NP: {<A>{x}}', /begins no \{n\}/],
    ['NP: {<A>{2000}}', /more than 1000 times/],
    ['NP: {((<A>{100}){100}){100}}', /too many parts/],
    [`NP: {${'('.repeat(60)}<A>${')'.repeat(60)}}`, /groups more than 50 deep/],
    [`NP: {${'('.repeat(9)}<A>*${')*'.repeat(9)}}`, /may be empty 9 deep in each other, more than 8/],
    ['NP: {<[A>}', /has a "\[" without a "\]"/],
    ['NP: {<[Z-A]>}', /bad range/],
    ['NP: {<[.]>}', /has a "\." within \[\.\.\.\]/],
    ['NP: {<A\\b>}', /has "\\b", which is not supported within a tag/],
    ['NP: {<A>}\n}<A>{', /is a strip rule, \}\.\.\.\{, which is not supported/],
    ['NP: {<A>}\n<A>}{<B>', /is a split rule/],
    ['NP: {<A>}\n<A>{}<B>', /is a merge rule/],
    ['NP: <A>{<B>}', /is a rule with context/],
  ]
  for (const [grammar, message] of cases) t.match(refusalOf(grammar), message, grammar.slice(0, 40))
})

function refusalOf(grammar: string): string | undefined {
  try {
    new Chunker(grammar, universal)
    return undefined
  } catch (error) {
    if (error instanceof GrammarError) return error.message
    throw error
  }
}

const tags = ['A', 'B', 'C']
const range = fc.constantFrom([0, Infinity], [1, Infinity], [0, 1], [2, 2], [0, 2], [1, 3], [2, Infinity])
const { tree } = fc.letrec<{ tree: TagTree }>(tie => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.subarray(tags, { minLength: 1 }).map((names): TagTree => ({ kind: 'tag', names })),
    fc.array(tie('tree'), { maxLength: 3 }).map((parts): TagTree => ({ kind: 'sequence', parts })),
    fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((options): TagTree => ({ kind: 'choice', options })),
    fc
      .record({ body: tie('tree'), range, isLazy: fc.boolean() })
      .map(({ body, range: [least, most], isLazy }): TagTree => {
        return { kind: 'repeat', body, least: least!, most: most!, isLazy }
      }),
  ),
}))

/** Does plain backtracking end before the test's time is over? */
const isQuick = (rule: TagTree): boolean => formatTree(rule).length < 60

t.test('any grammar finds what plain backtracking finds', async () => {
  const sentence = fc.array(fc.constantFrom(...tags), { maxLength: 7 })
  fc.assert(
    fc.property(fc.array(tree.filter(isQuick), { minLength: 1, maxLength: 2 }), sentence, (rules, words) => {
      const grammar = `NP: ${rules.map(rule => `{${formatTree(rule)}}`).join('\n')}`
      const expected = chunkTwin(rules, words).map(([first, last]) =>
        first === last ? `${first}` : `${first}-${last}`,
      )
      return chunks(grammar, words.join(' '), tags) === expected.join(' ')
    }),
    { numRuns: 3000 },
  )
})

t.test('any text is a grammar or is refused', async () => {
  const bit = fc.constantFrom(...'<>{}()[]|*+?.,:#\\^$-12AB \n', 'NP:', '<A>', '{<', '>}')
  fc.assert(
    fc.property(fc.array(bit, { maxLength: 40 }), bits => {
      refusalOf(`NP: {${bits.join('')}}`)
    }),
    { numRuns: 3000 },
  )
})

t.test('no grammar holds a thread: a hundred thousand words are searched in linear time', async t => {
  const sentence = new Uint8Array(100_000)
  for (const rule of [
    '(<A>*)*<B>',
    '(<A>|<A><A>)*<B>',
    '(<A>?){20}<B>',
    '(((<A>*)*)*)*<B>',
    '<A>*<A>*<A>*<B>',
    '<A>*?<B>',
  ]) {
    const chunker = new Chunker(`NP: {${rule}}`, tags)
    chunker.add(sentence, 0, sentence.length)
    t.equal(chunker.chunks.count, 0, rule)
  }
})

t.test('a small sentence after a large one is searched as before', async t => {
  const chunker = new Chunker('NP: {<A>+<B>}\n{<C>}', tags)
  const small = () => {
    chunker.reset()
    chunker.add(Uint8Array.of(0, 0, 1, 2), 0, 4)
    const { count, first, last } = chunker.chunks
    return Array.from({ length: count }, (_, i) => [first[i], last[i]])
  }
  const before = small()
  chunker.reset()
  chunker.add(new Uint8Array(600_000).fill(1, 599_999), 0, 600_000)
  t.same([chunker.chunks.count, chunker.chunks.last[0]], [1, 599_999])
  t.same(before, [
    [0, 2],
    [3, 3],
  ])
  t.same(small(), before)
})
