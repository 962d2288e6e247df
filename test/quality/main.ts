/** `npm run quality -- DIR`: DocSim trained and measured on public sets, beside gensim. Exit 1 where a bound is missed. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkAsOriginal } from './as-original.js'
import { checkImproved } from './improved.js'
import { checkSearch } from './search.js'
import { type Figure, renderFigures, type Sets } from './sets.js'

const [folder] = process.argv.slice(2)
if (folder === undefined || !existsSync(join(folder, 'data')) || !existsSync(join(folder, 'gold'))) {
  process.stderr.write('Usage: npm run quality -- DIR, where DIR holds data/ and gold/.\n')
  process.exit(2)
}
const work = await mkdtemp(join(tmpdir(), 'modelhost-quality-'))
try {
  const sets: Sets = { data: join(folder, 'data'), gold: join(folder, 'gold'), work }
  const figures: Figure[] = []
  for (const check of [checkAsOriginal, checkImproved, checkSearch]) {
    const some = await check(sets)
    process.stdout.write(`${renderFigures(some)}\n`)
    figures.push(...some)
  }
  process.exitCode = figures.some(({ isMet }) => isMet === false) ? 1 : 0
} finally {
  await rm(work, { recursive: true })
}
