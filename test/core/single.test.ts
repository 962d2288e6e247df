import t from 'tap'
import { serveSingle } from '../../core/single.js'

t.test('a host of one model says its name to those who ask for another', async t => {
  let state = 'loading'
  const models = { stateOf: () => state, expect: () => {}, invoke: () => {} }
  const { invoker } = serveSingle({ settings: { single: 'out/names' }, models } as never)
  t.throws(() => invoker.expect('model'), { code: 'MODEL_NOT_READY' })
  const message = 'Model "names" is not here: this host serves one model, which is called "model".'
  t.throws(() => invoker.expect('names'), { code: 'MODEL_NOT_LOADED', status: 404, message })
  state = 'ready'
  t.doesNotThrow(() => invoker.expect('model'))
})
