import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readBlocks } from './blocks.js'
import { listPages } from './list-pages.js'
import { root } from './page-folder.js'
import { pages } from './pages.js'

t.test('every block of every page is executed, or marked as an excerpt', async t => {
  const found = await listPages(root)
  t.ok(found.length > 20)
  for (const page of found) {
    try {
      const first = readBlocks(await readFile(join(root, page), 'utf8')).find(({ role }) => role !== 'excerpt')
      if (!first || Object.hasOwn(pages, page)) t.pass(page)
      else t.fail(`${page}:${first.line} has a block that nobody runs. Add the page to test/docs/pages.ts.`)
    } catch (error) {
      for (const problem of (error as Error).message.split('\n')) t.fail(`${page}, ${problem}`)
    }
  }
  t.same(
    Object.keys(pages).filter(page => !found.includes(page)),
    [],
    'every page of test/docs/pages.ts is there',
  )
})

t.test('a page that is left to a long test of its own is run by one', async t => {
  const folder = join(root, 'test/long')
  const names = (await readdir(folder)).filter(name => name.endsWith('.test.ts'))
  const tests = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')))
  for (const [page, { hasOwnTest }] of Object.entries(pages)) {
    if (!hasOwnTest) continue
    const isRun = tests.some(text => text.includes('runPage(') && text.includes(`'${page}'`))
    t.ok(isRun, `no file of test/long gives ${page} to runPage`)
  }
})
