import { readFile } from 'node:fs/promises'
import { Validator } from '@seriousme/openapi-schema-validator'
import t from 'tap'
import { errors } from '../../core/errors.js'
import { docsFolder, pages } from './pages.js'

t.test('the pages made from the code are as the code has them', async t => {
  for (const [name, render] of Object.entries(pages)) {
    const text = await readFile(new URL(name, docsFolder), 'utf8')
    t.equal(text, await render(), `docs/${name} is behind: npm run docs`)
  }
})

t.test('the description of the API is valid', async t => {
  const { valid, errors } = await new Validator().validate(JSON.parse(await pages['openapi.json']!()))
  t.ok(valid, JSON.stringify(errors))
})

t.test('every message is a sentence or more, with its details in it', async t => {
  for (const [code, row] of Object.entries(errors)) {
    const message = (row.message as (details: unknown) => string)(row.example)
    t.match(message, /\S.{10,}/, code)
    t.notMatch(message, /undefined|\[object|NaN/, code)
    t.match(message, /[.!?)]$/, `${code} ends as a sentence does`)
  }
})
