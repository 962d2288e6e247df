import { readFile } from 'node:fs/promises'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { routesOf } from '../helpers/routes.js'
import { docsFolder } from './pages.js'

const page = await readFile(new URL('http.md', docsFolder), 'utf8')
const snowflake = await readFile(new URL('snowflake.md', docsFolder), 'utf8')

t.test('the page and that of Snowflake have a section for every route of a host, and for no other', async t => {
  const routes = await routesOf(() => startHost(t))
  const sections = [...`${page}\n${snowflake}`.matchAll(/^##+ `([A-Z]+ \/\S*)`$/gm)].map(([, route]) =>
    // There a model is one of a store, too.
    route!.replace('/snowflake/{model}', '/snowflake/{name}'),
  )
  t.ok(routes.length >= 6)
  t.same(sections.toSorted(), routes.toSorted())
})
