import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { fail } from 'modelhost'
import t from 'tap'
import { type Document, type DocumentColumns, readDocuments } from '../../plugins/_text/documents.js'
import { formatRow, readTables } from '../../plugins/_text/table.js'

const refuse = (problem: string, cause?: unknown) => fail('TRAIN_FAILED', { plugin: 'DocSim', problem }, cause)
const usual: DocumentColumns = { column: 'claim_text', columns: [], keep_columns: [] }

async function documentsOf(path: string, changes: Partial<DocumentColumns> = {}, fileName?: string) {
  const documents: Document[] = []
  for await (const document of readDocuments(path, { ...usual, ...changes }, refuse, fileName)) documents.push(document)
  return documents
}

async function textsOf(path: string, changes: Partial<DocumentColumns> = {}, fileName?: string): Promise<string[]> {
  return (await documentsOf(path, changes, fileName)).map(({ text }) => text)
}

t.test('a column of a CSV is read with quotes, commas, new lines, umlauts and a byte order mark', async t => {
  const csv = '\ufeffid,claim_text\r\n1,"Ärzte, sagt er, ""lügen"""\r\n2,"zwei\nZeilen"\r\n\r\n3\r\n4,\r\n'
  const folder = t.testdir({ 'claims.csv': csv })
  t.same(await textsOf(join(folder, 'claims.csv')), ['Ärzte, sagt er, "lügen"', 'zwei\nZeilen', '', ''])
})

t.test('in a TSV a quote is a character as any other', async t => {
  const folder = t.testdir({ 'claims.tsv': 'id\tclaim_text\n7\t"Ja", sagt er\n8\tkein "Nein\n' })
  t.same(await documentsOf(join(folder, 'claims.tsv')), [
    { id: '7', text: '"Ja", sagt er', kept: [] },
    { id: '8', text: 'kein "Nein', kept: [] },
  ])
})

t.test('a table in UTF-16 is read by its byte order mark, and letters that a chunk cuts are whole', async t => {
  const texts = Array.from({ length: 30_000 }, (_, i) => `${'ä'.repeat(i % 5)}😀ß${i}`)
  const table = `\ufeffclaim_text\n${texts.join('\n')}\n`
  const folder = t.testdir({ 'utf16.csv': Buffer.from(table, 'utf16le'), 'utf8.csv': table })
  t.same(await textsOf(join(folder, 'utf16.csv')), texts)
  t.same(await textsOf(join(folder, 'utf8.csv')), texts)
})

t.test('packed tables are unpacked while they are read', async t => {
  const folder = t.testdir({
    'a.csv.gz': gzipSync('claim_text\neins\n'),
    'b.tsv.gz': gzipSync('claim_text\nzwei\n'),
  })
  t.same(await textsOf(folder), ['eins', 'zwei'])
})

t.test('of a folder all tables are read by name, or the one that is asked for', async t => {
  const folder = t.testdir({
    'b.csv': 'claim_text\nzwei\n',
    'a.CSV': 'id,claim_text\n1,eins\n',
    'notes.txt': 'no table',
  })
  t.same(await textsOf(folder), ['eins', 'zwei'])
  t.same(await textsOf(folder, {}, 'b.csv'), ['zwei'])
})

t.test('a document is named by its column, by id, or by the number of its row', async t => {
  const folder = t.testdir({
    'named.csv': 'id,key,claim_text\n1,x,eins\n2,y,zwei\n',
    'other.csv': 'claim_text\ndrei\n',
  })
  const named = join(folder, 'named.csv')
  const idsOf = async (path: string, changes = {}) => (await documentsOf(path, changes)).map(({ id }) => id)
  t.same(await idsOf(named), ['1', '2'])
  t.same(await idsOf(named, { id_column: 'key' }), ['x', 'y'])
  t.same(await idsOf(folder), ['1', '2', '2'], 'the row number goes through all files')
  await t.rejects(documentsOf(folder, { id_column: 'key' }), {
    message: /other\.csv has no column "key" \(it has: claim_text\)\.$/,
  })
})

t.test('several columns make up one text, and further ones are kept', async t => {
  const folder = t.testdir({ 'claims.csv': 'title,claim,source\nTitel,Satz,taz\nallein\n' })
  const changes = { columns: ['title', 'claim'], keep_columns: ['source', 'title'] }
  t.same(await documentsOf(folder, changes), [
    { id: '0', text: 'Titel\nSatz', kept: ['taz', 'Titel'] },
    { id: '1', text: 'allein\n', kept: ['', 'allein'] },
  ])
})

t.test('a table without a header is read by the numbers of its columns', async t => {
  const folder = t.testdir({ 'qrels.tsv': '1\t0\t7\t1\n2\t0\t8\t1\n' })
  const rows: (readonly string[])[] = []
  for await (const table of readTables({ path: folder, hasHeader: false, refuse })) {
    t.same(table.header, [])
    for await (const row of table.rows) rows.push(row)
  }
  t.same(rows, [
    ['1', '0', '7', '1'],
    ['2', '0', '8', '1'],
  ])
})

t.test('a row is written as it would be read', async t => {
  const cells = ['a, b', 'say "c"', 'two\nlines', '', 'plain']
  t.equal(formatRow('a.csv', cells), '"a, b","say ""c""","two\nlines",,plain\n')
  const folder = t.testdir({
    'a.csv': formatRow('a.csv', cells),
    'b.tsv.gz': gzipSync(formatRow('b.tsv.gz', ['"d', 'e'])),
  })
  const rows: (readonly string[])[] = []
  for await (const table of readTables({ path: folder, hasHeader: false, refuse })) {
    for await (const row of table.rows) rows.push(row)
  }
  t.same(rows, [cells, ['"d', 'e']])
})

t.test('a table that cannot be read says which file, row and column', async t => {
  const folder = t.testdir({
    empty: {},
    'none.csv': '',
    'other.csv': 'id,text\n1,a\n',
    'long.csv': 'id,claim_text\n1,a\n2,b,c\n',
    'long.tsv': 'id\tclaim_text\n1\ta\n2\tb\tc\n',
    'latin.csv': Buffer.from('id,claim_text\n1,gut\n2,Windräder\n3,x\n', 'latin1'),
    'cut.csv': Buffer.from('id,claim_text\n1,Räder\n').subarray(0, 18),
    'open.csv': 'id,claim_text\n1,a\n2,"b\n',
    'quote.csv': 'id,claim_text\n1,a\n2,"b" c\n',
    'plain.csv.gz': 'id,claim_text\n1,a\n',
    'torn.csv.gz': gzipSync('id,claim_text\n1,a\n').subarray(0, 20),
  })
  const cases = [
    ['missing.csv', /missing\.csv cannot be read \(.*ENOENT/],
    ['empty', /empty has no \*\.csv file \(found: none\)\.$/],
    ['none.csv', /none\.csv is empty; it needs a header that names its columns\.$/],
    ['other.csv', /other\.csv has no column "claim_text" \(it has: id, text\)\.$/],
    ['long.csv', /row 3 of long\.csv has 3 cells, its header 2\. Quote cells that hold commas\.$/],
    ['long.tsv', /row 3 of long\.tsv has 3 cells, its header 2\. Take tabs out of cells\.$/],
    ['latin.csv', /latin\.csv is not UTF-8 \(line 3\)\. Save it as UTF-8; a spreadsheet asks when it exports\.$/],
    ['cut.csv', /cut\.csv is not UTF-8 \(line 2\)/],
    ['open.csv', /open\.csv is no valid CSV at row 3 \(line \d\): Quote Not Closed\.$/],
    ['quote.csv', /quote\.csv is no valid CSV at row 3 \(line 3\): Invalid Closing Quote\.$/],
    ['plain.csv.gz', /plain\.csv\.gz cannot be unpacked \(.*incorrect header check.*\)\.$/],
    ['torn.csv.gz', /torn\.csv\.gz cannot be unpacked \(.*unexpected end of file.*\)\.$/],
  ] as const
  for (const [name, message] of cases) {
    await t.rejects(textsOf(join(folder, name)), { code: 'TRAIN_FAILED', message }, name)
  }
  await t.rejects(textsOf(folder, {}, 'x.csv'), {
    message: /has no file x\.csv \(found: cut\.csv, empty, /,
  })
})

t.test('a large table is read as a stream', async t => {
  const path = join(t.testdir({}), 'large.csv')
  await writeFile(path, `claim_text\n${'"ein Satz, und noch einer"\n'.repeat(20_000)}`)
  t.equal((await textsOf(path)).length, 20_000)
})
