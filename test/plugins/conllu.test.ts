import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { fail } from 'modelhost'
import t, { type Test } from 'tap'
import {
  formatTagged,
  joinHyphens,
  readConllu,
  type Sentence,
  type SourceSentence,
} from '../../plugins/_text/conllu.js'

const refuse = (problem: string, cause?: unknown) => fail('TRAIN_FAILED', { plugin: 'Tagger', problem }, cause)

/** Lines of words: `1 Im in ADP` with blanks for tabs, and what MISC says, if anything. */
const lines = (...rows: string[]) =>
  rows.map(row => {
    if (row === '' || row.startsWith('#')) return row
    const [id, form, tag, misc = '_'] = row.split(' ')
    return [id, form, '_', tag, '_', '_', '_', '_', '_', misc].join('\t')
  })
const conllu = (...rows: string[]) => `${lines(...rows).join('\n')}\n`

const zoo = [
  '# newdoc id = tiere',
  '# sent_id = s1',
  '# text = Im Zoo läuft er.',
  '1-2 Im _',
  '1 In ADP',
  '2 dem DET',
  '3 Zoo NOUN',
  '3.1 er PRON',
  '4 läuft VERB',
  '5-6 ers _ SpaceAfter=No',
  '5 er PRON',
  '6 es PRON',
  '7 . PUNCT Lang=de|SpaceAfter=No',
  '',
]

async function read(path: string, surface = false): Promise<SourceSentence[]> {
  const sentences: SourceSentence[] = []
  for await (const sentence of readConllu({ path, surface, refuse })) sentences.push(sentence)
  return sentences
}

const readText = (t: Test, text: string | Buffer, surface = false) =>
  read(join(t.testdir({ 'a.conllu': text }), 'a.conllu'), surface)

t.test('words come with their tags, spaces, id and text; empty nodes are left out', async t => {
  const [sentence, ...others] = await readText(t, conllu(...zoo))
  t.match(sentence, {
    words: ['In', 'dem', 'Zoo', 'läuft', 'er', 'es', '.'],
    tags: ['ADP', 'DET', 'NOUN', 'VERB', 'PRON', 'PRON', 'PUNCT'],
    spaceAfter: [true, true, true, true, true, true, false],
    id: 's1',
    text: 'Im Zoo läuft er.',
    newDocument: 'tiere',
    file: 'a.conllu',
    line: 1,
  })
  t.same(others, [])
})

t.test('surface tokens are those of the text: a range is one, with the tag of its first word', async t => {
  const [sentence] = await readText(t, conllu(...zoo), true)
  t.same(sentence!.words, ['Im', 'Zoo', 'läuft', 'ers', '.'])
  t.same(sentence!.tags, ['ADP', 'NOUN', 'VERB', 'PRON', 'PUNCT'])
  t.same(sentence!.spaceAfter, [true, true, true, false, false])
})

t.test('sentences end at blank lines, or with the file, whatever the ends of lines', async t => {
  const text = `\ufeff\n\n${conllu('# newdoc', '1 Ja INTJ', '', '', '# allein', '', '1 Nein INTJ').trimEnd()}`
  for (const form of [text, text.replaceAll('\n', '\r\n'), Buffer.from(text, 'utf16le')]) {
    const sentences = await readText(t, form)
    t.same(
      sentences.map(({ words, line, newDocument }) => [...words, line, newDocument]),
      [
        ['Ja', 3, ''],
        ['Nein', 7, undefined],
      ],
    )
  }
})

t.test('of a folder all treebanks are read by name, packed or not', async t => {
  const path = t.testdir({
    'b.conllu': conllu('1 zwei NUM'),
    'a.conllu.gz': gzipSync(conllu('1 eins NUM')),
    'notes.txt': 'no treebank',
  })
  t.same(
    (await read(path)).map(({ words, file }) => [...words, file]),
    [
      ['eins', 'a.conllu.gz'],
      ['zwei', 'b.conllu'],
    ],
  )
})

t.test('many sentences are read alike wherever a chunk of the file ends', async t => {
  const words = Array.from({ length: 20_000 }, (_, i) => `${'ä'.repeat(1 + (i % 5))}😀${i}`)
  const sentences = await readText(t, conllu(...words.flatMap(word => [`1 ${word} X`, ''])))
  t.same(
    sentences.map(sentence => sentence.words[0]),
    words,
  )
  t.equal(sentences.at(-1)!.line, 39_999)
})

t.test('a treebank that cannot be read says which file and line, and what is wrong', async t => {
  const path = t.testdir({
    empty: {},
    'none.conllu': '\n# nothing\n\n',
    'cut.conllu': '1\tJa\t_\tINTJ\n',
    'blanks.conllu': '1 Ja _ INTJ _ _ _ _ _ _\n',
    'id.conllu': conllu('1 Ja INTJ', '3 Nein INTJ'),
    'zero.conllu': conllu('01 Ja INTJ'),
    'glued.conllu': conllu('1 Ja INTJ', '1 Nein INTJ'),
    'form.conllu': conllu('1  INTJ'),
    'tag.conllu': conllu('# a', '1 Ja _'),
    'range.conllu': conllu('1 Ja INTJ', '3-2 im _'),
    'inner.conllu': conllu('1-3 abc _', '1 a X', '2-3 bc _', '2 b X', '3 c X'),
    'open.conllu': conllu('', '# a', '1-2 im _', '1 in ADP'),
    'latin.conllu': Buffer.from(conllu('1 Ja INTJ', '', '1 Räder NOUN'), 'latin1'),
    'plain.conllu.gz': conllu('1 Ja INTJ'),
  })
  const cases = [
    ['missing.conllu', /missing\.conllu cannot be read \(.*ENOENT/],
    ['empty', /empty has no \*\.conllu file \(found: none\)\.$/],
    ['none.conllu', /none\.conllu has no sentence; CoNLL-U has a line of ten columns for each word\.$/],
    ['cut.conllu', /line 1 of cut\.conllu has 4 columns, not ten with tabs between/],
    ['blanks.conllu', /line 1 of blanks\.conllu has 1 column, not ten with tabs between/],
    ['id.conllu', /line 2 of id\.conllu has the id "3", where 2 or a range from 2 should be\./],
    ['zero.conllu', /line 1 of zero\.conllu has the id "01", where 1 /],
    ['glued.conllu', /line 2 of glued\.conllu has the id "1", where 2 .* A blank line ends a sentence\.$/],
    ['form.conllu', /line 1 of form\.conllu has no form/],
    ['tag.conllu', /line 2 of tag\.conllu has no UPOS tag for "Ja"; it is the fourth column\.$/],
    ['range.conllu', /line 2 of range\.conllu has the id "3-2", where 2 /],
    ['inner.conllu', /line 3 of inner\.conllu has the id "2-3", where 2 /],
    ['open.conllu', /sentence at line 2 of open\.conllu has the words 1-2 \("im"\), but ends at 1\.$/],
    ['latin.conllu', /latin\.conllu is not UTF-8 \(line 3\)/],
    ['plain.conllu.gz', /plain\.conllu\.gz cannot be unpacked \(.*incorrect header check.*\)\.$/],
  ] as const
  for (const [name, message] of cases) await t.rejects(read(join(path, name)), { code: 'TRAIN_FAILED', message }, name)
})

const sentenceOf = (text: string, tags: string): Sentence => {
  // `~` joins a word to the next.
  const words = text.split(' ')
  return {
    words: words.map(word => word.replace('~', '')),
    tags: tags.split(' '),
    spaceAfter: words.map(word => !word.endsWith('~')),
    id: undefined,
    text: undefined,
    newDocument: undefined,
    file: 'a.conllu',
    line: 1,
  }
}

t.test('words that hyphens join without a space become one, with the tag of the last part', async t => {
  const joined = joinHyphens(
    sentenceOf('Der~ Berlin~ -~ Prag~ -~ Takt 2~ -~ fach', 'DET PROPN PUNCT PROPN PUNCT NOUN NUM PUNCT ADV'),
  )
  t.same(joined.words, ['Der', 'Berlin-Prag-Takt', '2-fach'])
  t.same(joined.tags, ['DET', 'NOUN', 'ADV'])
  t.same(joined.spaceAfter, [false, true, true])
})

t.test('hyphens that a space, a sign or the end stands beside join nothing', async t => {
  for (const text of ['a -~ b', 'a~ - b', 'a~ -~ ,', '(~ -~ b', 'a~ -~', '-~ b', 'a~ –~ b']) {
    const sentence = sentenceOf(text, text.replaceAll(/\S+/g, 'X'))
    t.same(joinHyphens(sentence), sentence, text)
  }
})

t.test('a sentence is written with other tags, and all else as it was', async t => {
  const tags = ['A', 'B', 'C', 'D', 'E', 'F', 'G']
  const [words] = await readText(t, conllu(...zoo))
  const expected = [...zoo]
  for (const [i, row] of [4, 5, 6, 8, 10, 11, 12].entries()) expected[row] = zoo[row]!.replace(/[A-Z]{3,}/, tags[i]!)
  t.equal(formatTagged(words!, tags), conllu(...expected))
  t.same((await readText(t, formatTagged(words!, words!.tags)))[0], words)
})

t.test('written surface tokens are read as they were predicted', async t => {
  const [sentence] = await readText(t, conllu(...zoo), true)
  const text = formatTagged(sentence!, ['A', 'B', 'C', 'D', 'E'])
  t.match(text, /^1-2\tIm\t_\t_\t.*\n1\tIn\t_\tA\t.*\n2\tdem\t_\t_\t/m, 'the second word of a range has no tag')
  const [again] = await readText(t, text, true)
  t.same([again!.words, again!.tags], [sentence!.words, ['A', 'B', 'C', 'D', 'E']])
})
