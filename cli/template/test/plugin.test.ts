import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { startHost, testPlugin } from 'modelhost/testing'
import plugin from '../src/index.js'

// Seen from dist/test/, where this runs. `npm test` has trained the artifact before.
const folder = fileURLToPath(new URL('../../', import.meta.url))
const artifact = fileURLToPath(new URL('../../artifacts/reviews', import.meta.url))

test('passes the suite of all plugins', async t => {
  const { checks } = await testPlugin(plugin, {
    artifact,
    examples: [
      { request: { text: 'I love it!' } },
      { request: { text: 'The handle broke.' } },
      { request: { text: 'Xylophon' } }, // a word that no training text has
    ],
  })
  for (const check of checks) t.diagnostic(check)
})

test('a host loads the model, which labels texts that it has never seen, and unloads it', async t => {
  const host = await startHost(t, { plugins: [folder] })
  const loaded = await host.load('reviews', artifact)
  equal(loaded.status, 200, await loaded.text()) // where it is refused, the answer says why

  const expected = {
    'The soap smells wonderful and the price is fair.': 'positive',
    'Quick, friendly and helpful!': 'positive',
    'A beautiful view and a comfortable chair.': 'positive',
    'The kettle was broken and the staff rude.': 'negative',
    'An overpriced, boring tour.': 'negative',
    'My money back, please: the screen is blurry.': 'negative',
  }
  const instances = Object.keys(expected).map(text => ({ text }))
  const answer = await host.invoke('reviews', { instances })
  const { predictions } = (await answer.json()) as { predictions: { label: string; scores: Record<string, number> }[] }
  deepStrictEqual(
    predictions.map(({ label }) => label),
    Object.values(expected),
  )
  for (const { label, scores } of predictions) {
    const total = Object.values(scores).reduce((a, b) => a + b)
    ok(Math.abs(total - 1) < 1e-9 && scores[label]! > 0.5)
  }
  equal((await host.invoke('reviews', { txt: 'a typo' })).status, 400)

  equal((await host.unload('reviews')).status, 200)
  equal((await host.invoke('reviews', 'gone')).status, 404)
})
