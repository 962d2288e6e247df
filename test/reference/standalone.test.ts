import { readFile } from 'node:fs/promises'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { folder } from '../helpers/artifacts.js'
import { routesOf } from '../helpers/routes.js'
import { docsFolder } from './pages.js'

const page = await readFile(new URL('standalone.md', docsFolder), 'utf8')

t.test('the page has a section for every route that a host without a store does not have', async t => {
  const store = await folder(t)
  const common = await routesOf(() => startHost(t))
  const routes = (await routesOf(() => startHost(t, { store }))).filter(route => !common.includes(route))
  const sections = [...page.matchAll(/^##+ `([A-Z]+ \/\S+)`$/gm)].map(([, route]) => route!)
  t.same(sections.toSorted(), routes.toSorted())
})
