import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { startHost } from 'modelhost/testing'
import type { Page } from 'puppeteer-core'
import t from 'tap'
import { commonCalls, storeCalls } from '../helpers/api-calls.js'
import { checkDescription } from '../helpers/api-document.js'
import { folder } from '../helpers/artifacts.js'
import { browserPath, openPage } from '../helpers/browser.js'
import { tinyDocSim } from '../helpers/docsim-artifact.js'
import { pluginSource } from '../helpers/plugin-source.js'

/** The page of `serve --docs`, as a browser has it. */

t.test('the page, and every file that it names, comes from the host, and may ask no other', async t => {
  const host = await startHost(t, { docs: true, lanes: 1 })
  const page = await fetch(`${host.url}/docs`)
  const policy = page.headers.get('content-security-policy') ?? ''
  t.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'/)
  t.notMatch(policy, /unsafe|https?:|\*/)
  const html = await page.text()
  t.notMatch(html, /<(script|style)>|https?:/, 'nothing stands in it, or comes from elsewhere')
  const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!)
  t.ok(files.length >= 7)
  const types = { css: /^text\/css/, js: /^application\/javascript/, png: /^image\/png/ }
  for (const path of files) {
    const answer = await fetch(new URL(path, `${host.url}/docs`))
    t.equal(answer.status, 200, path)
    t.match(answer.headers.get('content-type'), types[path.split('.').at(-1) as keyof typeof types], path)
    t.equal(answer.headers.get('x-content-type-options'), 'nosniff', path)
  }
  const description = await fetch(`${host.url}/docs/json`)
  t.match(description.headers.get('content-type'), /^application\/json/)
  const { valid, errors } = await new Validator().validate((await description.json()) as Record<string, unknown>)
  t.ok(valid, JSON.stringify(errors))
})

t.test('with a store, too, every route is described, and answers as without a description, and as it says', async t => {
  const store = await folder(t, { 'broken/x-params.json': '{"model_name": "DocSum"}' })
  await cp(await tinyDocSim(t), join(store, 'claims'), { recursive: true })
  const calls = [...commonCalls('claims'), ...storeCalls('claims')]
  await checkDescription(t, { flags: { store, snowflakeAsync: true }, calls })
})

t.test('the description is valid with the routes and schemas of a plugin, too', async t => {
  const routes = `async app => {
    app.addSchema({ $id: 'kept', type: 'object', properties: { word: { type: 'string' } } })
    app.post('/keeper/:id', { schema: { body: { $ref: 'kept#' }, response: { 200: { $ref: 'kept#' } } } }, async () => 1)
    app.get('/keeper', async () => 'all')
  }`
  const request = `{
    type: 'object',
    properties: { tree: { $ref: '#/$defs/Tree' } },
    $defs: { Tree: { type: 'object', properties: { children: { type: 'array', items: { $ref: '#/$defs/Tree' } } } } },
  }`
  const path = await folder(t, { 'keeper.mjs': pluginSource('Keeper', { routes, request }) })
  const host = await startHost(t, { docs: true, lanes: 1, plugin: [join(path, 'keeper.mjs')] })
  const description = (await (await fetch(`${host.url}/docs/json`)).json()) as Record<string, unknown>
  const { valid, errors } = await new Validator().validate(description)
  t.ok(valid, JSON.stringify(errors))
})

const way = browserPath === undefined ? 'no browser is here: its files are tried above' : `with ${browserPath}`
t.test(`a model is loaded and asked on the page (${way})`, async t => {
  if (browserPath === undefined) return t.pass(way)
  const host = await startHost(t, { docs: true, lanes: 1 })
  const { page, asked, complaints } = await openPage(t, browserPath)
  await page.goto(`${host.url}/docs`)
  const operations = await page.waitForSelector('.opblock').then(() => page.$$eval('.opblock', found => found.length))
  t.equal(operations, 10)

  const load = await tryOut(page, 'Models-loadModel')
  await load.body(JSON.stringify({ model_name: 'claims', url: await tinyDocSim(t) }))
  t.match(await load.execute(), { status: '200', text: /"plugin": "DocSim"/ })

  const invoke = await tryOut(page, 'Models-invokeModel')
  const examples = await invoke.options('.opblock-section-request-body .examples-select-element')
  t.match(examples.slice(0, 2), ['DocSim', 'DocSim.2'], 'it has requests of each plugin')
  await page.type(`${invoke.place} input[placeholder="name"]`, 'claims')
  await invoke.body('{"text1": "impfung", "text2": "ärzte"}')
  t.match(await invoke.execute(), { status: '200', text: /^0\.6$/ })
  const folder = process.env['SCREENSHOTS']
  if (folder) {
    await page.$eval(invoke.place, operation => operation.scrollIntoView())
    await page.screenshot({ path: join(folder, 'docs-page.png') })
  }

  await invoke.body('{"text1": "impfung"}')
  t.match(await invoke.execute('400'), { status: '400', text: /REQUEST_INVALID/ })

  const others = asked.filter(url => !url.startsWith(`${host.url}/`) && !url.startsWith('data:'))
  t.same(others, [], 'it asks no other host')
  // The browser itself notes that an answer was a 400.
  t.same(
    complaints.filter(line => !line.includes('status of 400')),
    [],
  )
})

/** Opens an operation, to be tried out. */
async function tryOut(page: Page, id: string) {
  const place = `#operations-${id}`
  await page.click(`${place} .opblock-summary-control`)
  await page.waitForSelector(`${place} .try-out__btn`)
  await page.click(`${place} .try-out__btn`)
  const bodyPlace = `${place} textarea.body-param__text`
  await page.waitForSelector(bodyPlace)
  return {
    place,
    options: (selector: string) =>
      page.$$eval(`${place} ${selector} option`, found => found.map(option => option.textContent)),
    async body(text: string) {
      await page.$eval(bodyPlace, area => (area as unknown as { select(): void }).select())
      await page.type(bodyPlace, text)
    },
    /** @param status  to wait for */
    async execute(status = '200') {
      await page.click(`${place} .btn.execute`)
      const answer = `${place} .live-responses-table .response`
      await page.waitForSelector(`${answer} td.response-col_status::-p-text(${status})`)
      const text = await page.$eval(`${answer} .highlight-code code`, code => code.textContent ?? '')
      return { status, text }
    },
  }
}
