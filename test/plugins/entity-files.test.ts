import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { formatConll, readConll } from '../../plugins/_text/entities/conll.js'
import { type EntityFileSettings, readEntityCorpus } from '../../plugins/_text/entities/corpus.js'
import { decodeHtml } from '../../plugins/_text/entities/html-references.js'
import { OffsetCursor, type OffsetUnit } from '../../plugins/_text/entities/offsets.js'
import { formatSpans, readSpanLines } from '../../plugins/_text/entities/span-lines.js'
import type { Entity } from '../../plugins/_text/entities/tags.js'
import { type Files, folder } from '../helpers/artifacts.js'
import { conllText, spanText } from '../helpers/tiny-names.js'

const refuse = (problem: string) => new Error(problem)
const settings: EntityFileSettings = {
  language: 'en',
  mode: 'tweets',
  split_hyphens: false,
  mentions: false,
  hashtags: true,
  labels: {},
  data_offsets: 'code_points',
}
const readable = ({ words, entities }: { words: readonly string[]; entities: readonly Entity[] }) =>
  `${words.join(' ')} | ${entities.map(({ label, start, end }) => `${label} ${words.slice(start, end).join('_')}`).join(', ')}`

async function read(t: Test, files: Files, changes: Partial<EntityFileSettings> = {}) {
  const path = await folder(t, files)
  const { sentences, ...rest } = await readEntityCorpus([path], { ...settings, ...changes }, refuse)
  return { ...rest, sentences: sentences.map(readable) }
}

const refused = (t: Test, files: Files, message: RegExp, changes: Partial<EntityFileSettings> = {}) =>
  t.rejects(read(t, files, changes), { message })

t.test('one sentence is read alike from every form that corpora have', async t => {
  const rows = [
    ['Anna', 'NNP', 'B-NP', 'I-PER'],
    ['left', 'VBD', 'B-VP', 'O'],
    ['New', 'NNP', 'B-NP', 'I-LOC'],
    ['Haven', 'NNP', 'I-NP', 'I-LOC'],
  ]
  const two = rows.map(([word, , , tag]) => [word, tag])
  const forms = {
    'tabs, Windows line ends': `${two.map(row => row.join('\t')).join('\r\n')}\r\n`,
    'blanks, the tag last': `-DOCSTART- -X- -X- O\n\n${rows.map(row => row.join('  ')).join('\n')}\n\n\n`,
    'a document mark alone': `-DOCSTART-\n\n${two.map(row => row.join('\t')).join('\n')}`,
    'outer and inner tags': two.map(row => [...row, 'B-DERIV'].join('\t')).join('\n'),
    'numbered, with comments': `#\tnews, page 3\n${two.map((row, i) => [i + 1, ...row, 'O'].join('\t')).join('\n')}\n`,
    'comments with blanks': `# text = Anna left O\n# id 7\n${two.map(row => row.join(' ')).join('\n')}\n`,
  }
  for (const [name, text] of Object.entries(forms)) {
    const { sentences } = await read(t, { 'a.conll': text })
    t.same(sentences, ['Anna left New Haven | PER Anna, LOC New_Haven'], name)
  }
  const { sentences } = await read(t, { 'a.conll': rows.map(row => row.join(' ')).join('\n') }, { tag_column: 3 })
  t.same(sentences, ['Anna left New Haven | NP Anna, VP left, NP New_Haven'], 'the column that is asked for')
})

t.test('a hashtag or a number sign is a token where the line has a tag', async t => {
  const { sentences } = await read(t, { 'a.conll': '#Oslo\tB-LOC\n#\tO\n1\tO\n\n# a comment\nis\tO\n' })
  t.same(sentences, ['#Oslo # 1 | LOC #Oslo', 'is | '])
})

t.test('files of a folder are read by name, packed ones too, and each is a domain', async t => {
  const files = {
    'b.conll.gz': gzipSync('Oslo\tB-LOC\n'),
    'a.jsonl': `${JSON.stringify({ text: 'Anna sings', entities: [[0, 4, 'person']] })}\n`,
    'LICENCE.md': 'none of ours',
  }
  const { sentences, domains } = await read(t, files, { labels: { person: 'PER' } })
  t.same(sentences, ['Anna sings | PER Anna', 'Oslo | LOC Oslo'])
  t.same(domains, ['a', 'b'])
})

t.test('mentions and links are no names, unless mentions may be', async t => {
  const text = 'RT\tO\n@\tB-PER\nanna_k\tB-PER\n:\tO\nOslo\tB-LOC\nhttp://a.example\tI-LOC\nURL7\tB-ORG\n'
  t.same((await read(t, { 'a.conll': text })).sentences, ['RT @anna_k : Oslo http://a.example URL7 | LOC Oslo'])
  const { sentences } = await read(t, { 'a.conll': text }, { mentions: true })
  t.same(sentences, ['RT @anna_k : Oslo http://a.example URL7 | PER @anna_k, LOC Oslo'])
})

t.test('spans are read in the forms of annotation tools, whatever their offsets count', async t => {
  const text = '😀 Zoë met Ann in Oslo'
  const places = { utf16: [3, 6, 18, 22], code_points: [2, 5, 17, 21], utf8: [5, 9, 21, 25] } as const
  for (const [unit, [a, b, c, d]] of Object.entries(places) as [OffsetUnit, readonly number[]][]) {
    const lines = [
      {
        text,
        entities: [
          { start: a, end: b, label: 'PER', score: 1 },
          { start: c, end: d, label: 'LOC' },
        ],
      },
      {
        text,
        spans: [
          { start: c, end: d, label: 'LOC', token_start: 5 },
          { start: a, end: b, label: 'PER' },
        ],
        answer: 'accept',
      },
      {
        id: 1,
        text,
        label: [
          [a, b, 'PER'],
          [c, d, 'LOC'],
        ],
      },
      {
        text,
        entities: [
          { id: 3, start_offset: a, end_offset: b, label: 'PER' },
          { start_offset: c, end_offset: d, label: 'LOC' },
        ],
      },
    ]
    const files = { 'a.jsonl': lines.map(line => `${JSON.stringify(line)}\n`).join('\n') }
    const { sentences, misaligned } = await read(t, files, { data_offsets: unit })
    t.same(sentences, new Array(4).fill('😀 Zoë met Ann in Oslo | PER Zoë, LOC Oslo'), unit)
    t.same(misaligned, { widened: 0, dropped: 0, places: [] })
  }
})

t.test('names that do not end as tokens do are widened, or left out, and it is told where', async t => {
  const line = (text: string, ...spans: [number, number, string][]) => `${JSON.stringify({ text, label: spans })}\n`
  const files = {
    'a.jsonl': [
      line('Anna sings ', [0, 5, 'PER']),
      line('Annabel sings', [0, 4, 'PER']),
      line('Annabel sings', [0, 4, 'PER'], [4, 7, 'LOC']),
      line('Anna  sings', [4, 6, 'PER']),
    ].join(''),
  }
  const { sentences, misaligned } = await read(t, files)
  t.same(sentences, [
    'Anna sings | PER Anna',
    'Annabel sings | PER Annabel',
    'Annabel sings | PER Annabel',
    'Anna sings | ',
  ])
  t.same(misaligned, {
    widened: 2,
    dropped: 2,
    places: ['line 2 of a.jsonl', 'line 3 of a.jsonl', 'line 4 of a.jsonl'],
  })
})

t.test('tokens that are references of HTML are learned as texts have them', async t => {
  const { sentences } = await read(t, { 'a.conll': 'A&amp;E\tB-ORG\n&lt;3\tO\n&nbsp;\tO\n' })
  t.same(sentences, ['A&E <3 &nbsp; | ORG A&E'])
})

t.test('a text is cut as a request is: references are read, sentences end, but not within a name', async t => {
  const text = 'Becker &amp; Sons left Oslo. Yahoo! Inc. stays. Bye'
  const spans = [
    [0, 17, 'ORG'],
    [29, 40, 'ORG'],
  ]
  const { sentences } = await read(t, { 'a.jsonl': JSON.stringify({ text, label: spans }) })
  t.same(sentences, [
    'Becker & Sons left Oslo . | ORG Becker_&_Sons',
    'Yahoo ! Inc. stays . | ORG Yahoo_!_Inc.',
    'Bye | ',
  ])
})

t.test('the same sentences are read from both kinds of files', async t => {
  const [rows, spans] = [await read(t, { 'a.conll': conllText() }), await read(t, { 'a.jsonl': spanText() })]
  // A text says nothing of where its tokens are glued.
  t.same(spans.sentences, rows.sentences)
})

t.test('what cannot be read is refused by file and line', async t => {
  await refused(t, { 'a.conll': 'Anna\tB-PER\nsings\n' }, /^line 2 of a\.conll has no tag for "sings" in column 2\./)
  await refused(
    t,
    { 'a.conll': 'Anna\tO\n\nAnna\tNNP\n' },
    /^line 3 of a\.conll has "NNP" as the tag of "Anna"\. Tags are O/,
  )
  await refused(t, { 'a.conll': 'Anna\tO\n\tO\n' }, /^line 2 of a\.conll has no token in column 1/)
  await refused(t, { 'a.conll': 'Anna\tO\n' }, /no tag for "Anna" in column 4/, { tag_column: 4 })
  await refused(t, { 'a.conll': '\n\n# nothing\n' }, /^a\.conll has no sentence/)
  await refused(t, { 'a.png': '' }, /has no \*\.conll or \*\.jsonl file \(found: a\.png\)/)
  const line = (value: object) => ({ 'a.jsonl': `{"text": "x"}\n${JSON.stringify(value)}\n` })
  await refused(t, line({ txt: 'Anna' }), /^line 2 of a\.jsonl has no "text" that is a string/)
  await refused(t, line({ text: 'Anna', spans: [[0, 9, 'PER']] }), /offset in spans\[0\] that is not in the text \(9\)/)
  await refused(t, line({ text: 'Anna', spans: [[2, 2, 'PER']] }), /a name without text, spans\[0\]/)
  await refused(t, line({ text: 'Anna', spans: [[0, 4]] }), /no label in spans\[0\]/)
  await refused(t, line({ text: 'Anna', spans: [{ start: '0' }] }), /no start and end in spans\[0\]/)
  await refused(t, line({ text: 'Anna', spans: 'none' }), /no list "spans" of the names/)
  const overlapping = [
    [2, 4, 'PER'],
    [0, 3, 'ORG'],
  ]
  await refused(
    t,
    line({ text: 'Anna', label: overlapping }),
    /^line 2 of a\.jsonl has names that overlap: label\[1\] and label\[0\]/,
  )
  await refused(t, { 'a.jsonl': '' }, /has no line/)
})

t.test('a file is written again as it was, with other names', async t => {
  const text = '# id 7\nAnna NNP I-PER\nleft VBD O\n\nOslo NNP I-LOC\n'
  const path = join(await folder(t, { 'a.conll': text }), 'a.conll')
  const written: string[] = []
  for await (const sentence of readConll({ path, refuse })) {
    written.push(formatConll(sentence, sentence.tags.with(0, 'O')))
  }
  t.equal(written.join(''), '# id 7\nAnna NNP O\nleft VBD O\n\nOslo NNP O\n\n')
  const lines = [
    { id: 1, text: '😀 Oslo', label: [[2, 6, 'LOC']], more: null },
    { text: '😀 Oslo', spans: [{ start: 2, end: 6, label: 'LOC' }] },
  ]
  const spans = join(await folder(t, { 'a.jsonl': lines.map(line => JSON.stringify(line)).join('\n') }), 'a.jsonl')
  const others: string[] = []
  for await (const one of readSpanLines({ path: spans, unit: 'code_points', refuse })) {
    t.same(one.entities, [{ label: 'LOC', start: 3, end: 7 }])
    others.push(formatSpans(one, [{ label: 'ORG', start: 3, end: 5 }], 'code_points'))
  }
  t.same(
    others.map(line => JSON.parse(line)),
    [
      { ...lines[0], label: [[2, 4, 'ORG']] },
      { ...lines[1], spans: [{ start: 2, end: 4, label: 'ORG' }] },
    ],
  )
})

t.test('offsets in other units are those of Python and of UTF-8', async () => {
  const anyText = fc
    .array(fc.constantFrom('a', 'é', '字', '😀', '\ud83d', '\ude00', 'e\u0301', '\n'))
    .map(parts => parts.join(''))
  fc.assert(
    fc.property(anyText, text => {
      const characters = [...text]
      const units = { code_points: 0, utf8: 0 }
      const cursors = { code_points: new OffsetCursor(text, 'code_points'), utf8: new OffsetCursor(text, 'utf8') }
      const back = { code_points: new OffsetCursor(text, 'code_points'), utf8: new OffsetCursor(text, 'utf8') }
      let at = 0
      for (const character of characters) {
        at += character.length
        units.code_points++
        units.utf8 += Buffer.byteLength(character)
        for (const unit of ['code_points', 'utf8'] as const) {
          if (cursors[unit].to(at) !== units[unit] || back[unit].find(units[unit]) !== at) return false
        }
      }
      return back.utf8.find(units.utf8 + 1) === undefined && new OffsetCursor(text, 'utf16').to(at) === at
    }),
  )
})

t.test('references of HTML are read once, and every place leads back to where it came from', async t => {
  const page = 'AT&amp;T &lt;3 &#39;s &#x1F600;! &amp;lt; &unknown; &#xD800; & &#0; &#9999999;'
  const { text, original } = decodeHtml(page)
  t.equal(text, "AT&T <3 's 😀! &lt; &unknown; &#xD800; & &#0; &#9999999;")
  t.same([0, 2, 3, 4, text.length].map(original), [0, 2, 7, 8, page.length])
  t.equal(decodeHtml('Anna&#146;s &#128;5 &#x9f;&#x80;').text, 'Anna’s €5 Ÿ€', 'numbers of Windows, as pages have them')
  const given = 'a &#x1F600; b'
  const smile = decodeHtml(given)
  t.same([2, 3, 4, 5].map(smile.original), [2, 2, 11, 12], 'within a pair that was one reference: where it begins')
  const piece = fc.constantFrom('a', '&', '&amp;', '&#39;', '😀', ';', '&#x1f600;', '#', 'amp')
  fc.assert(
    fc.property(fc.array(piece), pieces => {
      const whole = pieces.join('')
      const decoded = decodeHtml(whole)
      let before = 0
      for (let at = 0; at <= decoded.text.length; at++) {
        const place = decoded.original(at)
        if (place < before) return false
        // What is no reference is the same in both.
        if (at < decoded.text.length && whole[place] !== '&' && whole[place] !== decoded.text[at]) return false
        before = place
      }
      return decoded.original(decoded.text.length) === whole.length
    }),
  )
})

t.test('hostile files are refused in words, or read; nothing else happens', async t => {
  const path = await folder(t)
  const cell = fc.constantFrom(
    'Anna',
    'O',
    'B-PER',
    'I-',
    '@',
    '#',
    '1',
    ' ',
    '\t',
    '\n',
    '\n\n',
    '-DOCSTART-',
    '\ud800',
    '&amp;',
  )
  // Some are whole, so that of any two hundred files some can be read.
  const row = fc.constantFrom('Anna\tB-PER\n', '@\tO\n', '\n')
  const cells = fc.oneof(fc.array(cell), fc.array(fc.oneof({ weight: 9, arbitrary: row }, cell), { maxLength: 8 }))
  const offset = fc.oneof(fc.integer({ min: -2, max: 9 }), fc.double(), fc.constant(null))
  const line = fc.record({
    text: fc.oneof(fc.string(), fc.constant('Anna 😀 sings'), fc.constant(7)),
    label: fc.array(fc.oneof(fc.tuple(offset, offset, fc.string({ maxLength: 3 })), fc.anything())),
  })
  const files = fc.oneof(
    cells.map(cells => ({ name: 'a.conll', text: cells.join('') })),
    fc.array(line).map(lines => ({ name: 'a.jsonl', text: lines.map(one => `${JSON.stringify(one)}\n`).join('') })),
  )
  let read = 0
  await fc.assert(
    fc.asyncProperty(files, async ({ name, text }) => {
      await writeFile(join(path, name), text)
      try {
        const { sentences } = await readEntityCorpus([join(path, name)], settings, problem => new Refused(problem))
        read++
        return sentences.every(
          ({ words, entities }) => words.length > 0 && entities.every(({ end }) => end <= words.length),
        )
      } catch (error) {
        return error instanceof Refused
      }
    }),
    { numRuns: 200 },
  )
  t.ok(read > 0)
})

class Refused extends Error {}
