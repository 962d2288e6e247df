import t from 'tap'
import { pages } from '../docs/pages.js'
import { runPage } from '../docs/run-page.js'

const [, , only] = process.argv

for (const [page, how] of Object.entries(pages)) {
  if (how.isCloned && (only ?? page) === page)
    t.test(`${page} works in a fresh clone as it stands there`, t => runPage(t, page, how))
}
