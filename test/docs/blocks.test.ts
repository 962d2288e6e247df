import t from 'tap'
import { readBlocks } from './blocks.js'
import { parseFences } from './fences.js'

/** A page of these lines, in which `'''` is a fence. */
const pageOf = (...lines: string[]) => lines.join('\n').replaceAll("'", '`')

const rolesOf = (page: string) => readBlocks(page).map(({ line, role }) => [line, role])

t.test('a block has its line, language, words and text, whatever stands around it', async t => {
  const page = pageOf(
    "'''sh excerpt",
    'a',
    "'''",
    '',
    '1. In a list',
    '',
    "   '''js",
    '   if (b) {',
    '     c()',
    '',
    '   }',
    "   '''",
  )
  t.same(
    parseFences(page).map(({ line, language, words, text }) => [line, language, words, text]),
    [
      [1, 'sh', ['excerpt'], 'a\n'],
      [7, 'js', [], 'if (b) {\n  c()\n\n}\n'],
    ],
  )
})

t.test('a fence within a longer one, or one of tildes, is text', async t => {
  const page = pageOf("''''text", "'''sh", 'a', "'''", "''''", '~~~json', "'''", '~~~')
  t.same(
    parseFences(page).map(({ language, text }) => [language, text]),
    [
      ['text', '```sh\na\n```\n'],
      ['json', '```\n'],
    ],
  )
  t.throws(() => parseFences(pageOf('a', "'''sh", 'b')), { message: 'line 2: the block is never closed' })
})

t.test('what becomes of a block follows from its language, its place and one word', async t => {
  const page = pageOf(
    ...["'claims.csv':", '', "'''csv", 'a', "'''", '', "'''sh", 'b', "'''", '', "'''", 'c', "'''", 'Text.'],
    ...["'''json printed", 'd', "'''", "'''sh excerpt", 'e', "'''", '', "'''text excerpt", 'f', "'''"],
    ...["'''json params", '{}', "'''"],
  )
  t.same(rolesOf(page), [
    [3, 'file'],
    [7, 'example'],
    [11, 'output'],
    [15, 'printed'],
    [18, 'excerpt'],
    [22, 'excerpt'],
    [25, 'checked'],
  ])
})

t.test('a block that nobody would run is refused with its line and what to do', async t => {
  const cases: [string[], RegExp][] = [
    [["'''", 'a', "'''"], /^line 1: nobody runs a block without a language here\. Put it directly below the example/],
    [['Text.', "'''sql", 'a', "'''"], /^line 2: nobody runs a block of sql here\..*mark it "excerpt"\.$/],
    [["'''sh", 'a', "'''", 'Text.', "'''json", 'b', "'''"], /^line 5: nobody runs a block of json here/],
    [["'''sh excerpt", 'a', "'''", '', "'''", 'b', "'''"], /^line 5: what an excerpt prints is one, too/],
    [["'''sh run", 'a', "'''"], /^line 1: "run" is none of excerpt, printed, params, /],
    [["'''excerpt", 'a', "'''"], /^line 1: write "text excerpt": the first word is the language$/],
    [["'''js excerpt short", 'a', "'''"], /^line 1: one word after the language will do, not "excerpt short"$/],
    [["'''a", "'''", "'''b", "'''"], /^line 1: .*\nline 3: /],
  ]
  for (const [lines, message] of cases) t.throws(() => readBlocks(pageOf(...lines)), { message })
})
