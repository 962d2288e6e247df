/** `npm run gold -- DIR`: what we compute beside what the reference libraries computed. Exit 1 when one misses more than it may. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { hasFailed, renderChecks } from './check.js'
import { checkDocSim } from './docsim.js'
import { checkImport } from './import.js'
import { checkLda } from './lda.js'
import { checkStems } from './stem.js'
import { checkTokens } from './tokens.js'
import { checkTpr } from './tpr.js'

const folder = process.argv[2]
if (folder === undefined || !existsSync(join(folder, 'docsim'))) {
  process.stderr.write(
    'Usage: npm run gold -- DIR, where DIR holds docsim/, import/, lda/, stem/, tokens/ and tpr/, and DIR/../data their sources.\n',
  )
  process.exit(2)
}
const checks = [
  ...(await checkDocSim(folder)),
  ...checkStems(folder),
  ...checkTokens(folder),
  ...(await checkLda(folder)),
  ...(await checkTpr(folder)),
  ...(await checkImport(folder)),
]
process.stdout.write(`${renderChecks(checks)}\n`)
process.exitCode = checks.some(hasFailed) ? 1 : 0
