import t from 'tap'
import { pages } from './pages.js'
import { runPage } from './run-page.js'

for (const [page, how] of Object.entries(pages)) {
  if (how.isFast) t.test(`${page} works as it stands there`, t => runPage(t, page, how))
}
