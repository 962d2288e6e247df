import t from 'tap'
import { pages } from '../docs/pages.js'
import { runPage } from '../docs/run-page.js'

// There are many pages, and a machine may have other things to do.
const timeout = 900_000
t.setTimeout(timeout)

/** `node dist/test/long/examples.test.js docs/http.md` runs one page. */
const [, , only] = process.argv

for (const [page, how] of Object.entries(pages)) {
  if (only === undefined ? !how.isFast && !how.isCloned : only === page) {
    t.test(`${page} works as it stands there`, { timeout }, t => runPage(t, page, how))
  }
}
