import type { Test } from 'tap'
import { type Running, serveImage } from '../host.js'

/** An image on top of ours with plugins of its own. */
export function tellPlugins(t: Test, running: Running): void {
  t.test('a plugin that one COPY line adds answers, and so does one that npm installs', async t => {
    const host = await serveImage(t, running)
    await host.load('patience', await host.place({ 'a-params.json': '{"model_name": "Patience"}' }))
    t.same(await (await host.invoke('patience', { ms: 3 })).json(), { waitedMs: 3 })
    await host.load('reversed', await host.place({ 'a-params.json': '{"model_name": "Reversed"}' }))
    t.equal(await (await host.invoke('reversed', { text: 'abc' })).json(), 'cba')
    t.match(host.lines('started'), [
      { plugins: ['DocSim', 'NER', 'Tagger', 'TopicalPageRank', 'Patience', 'Probe', 'Reversed'] },
    ])
  })
}
