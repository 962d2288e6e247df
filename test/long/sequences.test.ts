import fc from 'fast-check'
import { startHost, type TestHost } from 'modelhost/testing'
import t from 'tap'
import { pluginPath, probeArtifact } from '../helpers/artifacts.js'

/*
 * Loads, unloads and predictions of a few names in any order and all at once, with plugins that throw, end their thread
 * or never answer. Whatever happens: every call has an answer, a sound model is not blamed for another, and in the end
 * nothing is held.
 */

const names = ['a', 'b', 'c']
const loadKinds = ['go', 'throw', 'exit', 'never'] as const
const unloadKinds = ['go', 'throw', 'exit'] as const
const actions = ['echo', 'echo', 'echo', 'throw', 'exit', 'never', 'loop'] as const

const name = fc.constantFrom(...names)
const command = fc.oneof(
  fc.record({
    does: fc.constant('load' as const),
    name,
    on_load: fc.constantFrom(...loadKinds),
    on_unload: fc.constantFrom(...unloadKinds),
  }),
  fc.record({ does: fc.constant('unload' as const), name }),
  fc.record({ does: fc.constant('invoke' as const), name, action: fc.constantFrom(...actions), isLarge: fc.boolean() }),
)
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never

const expected = {
  load: [200, 409, 422],
  unload: [200, 404],
  invoke: [200, 404, 500, 503],
}

t.test('calls in any order are all answered, and leave nothing', { timeout: 180_000 }, async t => {
  const folders = new Map<string, string>()
  for (const on_load of loadKinds) {
    for (const on_unload of unloadKinds)
      folders.set(on_load + on_unload, await probeArtifact(t, { on_load, on_unload }))
  }
  const make = (host: TestHost, step: Command): Promise<Response> => {
    if (step.does === 'load') return host.load(step.name, folders.get(step.on_load + step.on_unload)!)
    if (step.does === 'unload') return host.unload(step.name)
    return host.invoke(step.name, { text: 'x'.repeat(step.isLarge ? 60_000 : 10), action: step.action })
  }
  const property = fc.asyncProperty(
    fc.array(command, { minLength: 10, maxLength: 50 }),
    fc.integer({ min: 1, max: 3 }),
    async (commands, lanes) => {
      const host = await startHost(t, {
        plugins: [pluginPath('probe')],
        lanes,
        predictTimeoutMs: 1000,
        loadTimeoutMs: 2000,
      })
      const answers = await Promise.all(commands.map(async step => ({ step, answer: await make(host, step) })))
      for (const { step, answer } of answers) {
        const body = await answer.text()
        const told = `${JSON.stringify(step)}: ${answer.status} ${body.slice(0, 300)}`
        if (!expected[step.does].includes(answer.status)) throw new Error(told)
        const isSound = step.does === 'invoke' && step.action === 'echo'
        if (isSound && /PREDICT_FAILED|PREDICT_TIMEOUT|INTERNAL/.test(body)) throw new Error(told)
      }
      for (const each of names) await host.unload(each)
      const { usedBytes } = host.host.models
      await host.close()
      if (usedBytes !== 0) throw new Error(`${usedBytes} bytes are left`)
    },
  )
  await fc.assert(property, { numRuns: 25, endOnFailure: true, interruptAfterTimeLimit: 100_000 })
  t.pass('all of them')
})
