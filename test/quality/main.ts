/**
 * `npm run quality -- DIR [NAME ...]`: models trained and measured on public sets, all or those named. Exit 1 where a
 * bound is missed.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkAsOriginal } from './as-original.js'
import { checkImproved } from './improved.js'
import { checkKeyphrases } from './keyphrases.js'
import { checkNames } from './ner.js'
import { checkSearch } from './search.js'
import { type Figure, renderFigures, type Sets } from './sets.js'
import { checkTaggers } from './taggers.js'

const checks: Readonly<Record<string, readonly ((sets: Sets) => Promise<Figure[]>)[]>> = {
  docsim: [checkAsOriginal, checkImproved, checkSearch],
  taggers: [checkTaggers],
  keyphrases: [checkKeyphrases],
  ner: [checkNames],
}

const [folder, ...names] = process.argv.slice(2)
const hasSets = folder !== undefined && ['data', 'gold'].every(name => existsSync(join(folder, name)))
if (!hasSets || names.some(name => !Object.hasOwn(checks, name))) {
  const known = Object.keys(checks).join(', ')
  process.stderr.write(`Usage: npm run quality -- DIR [NAME ...], where DIR holds data/ and gold/. Names: ${known}.\n`)
  process.exit(2)
}
const work = await mkdtemp(join(tmpdir(), 'modelhost-quality-'))
try {
  const sets: Sets = { data: join(folder, 'data'), gold: join(folder, 'gold'), work }
  const figures: Figure[] = []
  for (const check of (names.length > 0 ? names : Object.keys(checks)).flatMap(name => checks[name]!)) {
    const some = await check(sets)
    process.stdout.write(`${renderFigures(some)}\n`)
    figures.push(...some)
  }
  process.exitCode = figures.some(({ isMet }) => isMet === false) ? 1 : 0
} finally {
  await rm(work, { recursive: true })
}
