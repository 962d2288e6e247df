import t from 'tap'
import { pages } from '../docs/pages.js'
import { runPage } from '../docs/run-page.js'

// npm fetches and builds, on a machine that has other things to do.
const timeout = 900_000
t.setTimeout(timeout)

const [, , only] = process.argv

for (const [page, how] of Object.entries(pages)) {
  if (how.isCloned && !how.hasOwnTest && (only ?? page) === page)
    t.test(`${page} works in a fresh clone as it stands there`, { timeout }, t => runPage(t, page, how))
}
