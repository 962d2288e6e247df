import { definePlugin, Type } from 'modelhost'
import t from 'tap'
import { openLocalModel } from '../../core/local-model.js'
import type { Log } from '../../core/plugin.js'
import { folder } from '../helpers/artifacts.js'

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }
const fields = {
  name: 'Batch',
  summary: 'Answers what its test says.',
  version: '1.0.0',
  params: Type.Object({}),
  request: Type.Object({ text: Type.String(), times: Type.Integer({ default: 2 }) }),
  response: Type.Unknown(),
  hasModelFile: false,
  load: () => undefined,
}
const artifact = { folder: await folder(t), prefix: 'a', params: {}, files: [] }

/** A model that gives these answers to whatever list of instances. */
function openBatch(answers: (instances: unknown[]) => unknown) {
  const plugin = definePlugin({
    ...fields,
    predict: () => 'alone',
    predictBatch: async (_, instances) => answers(instances) as unknown[],
  })
  return openLocalModel(plugin, artifact, silent)
}

t.test('a local model answers with predictBatch, or with predict where there is none', async t => {
  const { predict } = await openBatch(instances => instances)
  t.same(await predict({ text: 'a' }), { text: 'a', times: 2 }, 'defaults filled in')
  await t.rejects(predict({ txt: 'a' }), { code: 'REQUEST_INVALID', message: 'text is missing. A request is ' })
  const alone = await openLocalModel(definePlugin({ ...fields, predict: () => 'alone' }), artifact, silent)
  t.equal(await alone.predict({ text: 'a' }), 'alone')
})

t.test('a predictBatch that returns anything but one answer each is named', async t => {
  const cases: [unknown, string][] = [
    [undefined, 'no list'],
    ['ab', 'no list'],
    [[], '0 answers'],
    [[1, 2], '2 answers'],
  ]
  for (const [answers, found] of cases) {
    const { predict } = await openBatch(() => answers)
    const message = `predictBatch got 1 instances and returned ${found}`
    await t.rejects(predict({ text: 'a' }), { name: 'TypeError', message }, found)
  }
})

t.test('an error that a plugin answers is thrown', async t => {
  const answering = async (answer: unknown) => (await openBatch(() => [answer])).predict({ text: 'a' })
  await t.rejects(answering({ error: { code: 'REQUEST_INVALID', message: 'text is empty.' } }), {
    code: 'REQUEST_INVALID',
    message: 'text is empty.',
  })
  const own = { error: { code: 'toString', message: 'no verb' } }
  const refusal = { code: 'PREDICT_FAILED', message: 'toString: no verb' }
  await t.rejects(answering(own), refusal)
  const alone = await openLocalModel(definePlugin({ ...fields, predict: () => own }), artifact, silent)
  await t.rejects(alone.predict({ text: 'a' }), refusal)
  t.same(await answering({ error: 0.5 }), { error: 0.5 }, 'what only looks like one is a prediction')
})
