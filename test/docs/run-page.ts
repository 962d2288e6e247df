import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { folder } from '../helpers/artifacts.js'
import { readBlocks } from './blocks.js'
import { checks } from './checks.js'
import { openExamples } from './examples.js'
import { lasting } from './lasting.js'
import { root } from './page-folder.js'
import type { PageRun } from './pages.js'
import { makePlace, shownThere, typedHere } from './place.js'

/**
 * Does what a reader does, in a folder of its own, block after block: writes the files of a page, runs its examples, and
 * compares what they print with what stands below them. At the end all blocks were done that are not marked as excerpts.
 *
 * `modelhost serve` goes on until the test ends, at a free port that takes the place of 8080. The bucket `my-models` is
 * there, and empty.
 *
 * @param page  its path from the folder of the project: `docs/http.md`
 */
export async function runPage(t: Test, page: string, { before, onDone, ...options }: PageRun): Promise<void> {
  const text = await readFile(join(root, page), 'utf8')
  const blocks = readBlocks(text)
  const place = await makePlace(t, text, options)
  await before?.(t, place)
  const runExample = await openExamples(t, place)
  const printed: string[] = []
  const done: number[] = []
  let isLacking = false

  for (const [i, block] of blocks.entries()) {
    const where = `${page}:${block.line}`
    const expected = lasting(shownThere(place, block.text))
    switch (block.role) {
      case 'excerpt':
        continue
      case 'file': {
        const file = join(place.cwd, block.file!)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, typedHere(place, block.text))
        break
      }
      case 'example': {
        const below = blocks[i + 1]
        const { stdout, stderr, problem, lacks } = await runExample(block, below?.role === 'output' ? below.text : '')
        isLacking = lacks !== undefined
        if (problem !== undefined) t.fail(`${where}: ${problem}`)
        else t.pass(isLacking ? `${where} was not run: ${lacks}` : where)
        printed.push(stdout, stderr)
        break
      }
      case 'output':
        if (!isLacking) t.equal(printed.at(-2), expected, where)
        break
      case 'printed':
        t.same(missingLines(printed.join('\n'), expected), [], `${where}: examples above print these lines`)
        break
      case 'checked':
        await checks[block.words[0]!]!(block.text, await folder(t))
    }
    done.push(block.line)
    onDone?.(block)
  }
  const unmarked = blocks.filter(({ role }) => role !== 'excerpt').map(({ line }) => line)
  t.same(done, unmarked, 'every block is done that is not marked as an excerpt')
}

/** Those of `wanted` that do not come in `text` behind the ones before. */
function missingLines(text: string, wanted: string): string[] {
  const lines = text.split('\n')
  let at = 0
  return wanted.split('\n').filter(line => {
    if (line.trim() === '') return false
    const found = lines.indexOf(line, at)
    if (found >= 0) at = found + 1
    return found < 0
  })
}
