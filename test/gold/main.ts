/** `npm run gold -- DIR`: what we compute beside what the reference libraries computed. Exit 1 on any miss. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { renderChecks } from './check.js'
import { checkDocSim } from './docsim.js'
import { checkStems } from './stem.js'

const folder = process.argv[2]
if (folder === undefined || !existsSync(join(folder, 'docsim'))) {
  process.stderr.write(
    'Usage: npm run gold -- DIR, where DIR holds docsim/ and stem/, and DIR/../data their sources.\n',
  )
  process.exit(2)
}
const checks = [...(await checkDocSim(folder)), ...checkStems(folder)]
process.stdout.write(`${renderChecks(checks)}\n`)
process.exitCode = checks.some(({ missed }) => missed > 0) ? 1 : 0
