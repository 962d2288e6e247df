import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { fail } from '../../core/errors.js'
import type { SettleInvocation } from '../../core/invoker.js'
import { Load } from '../../core/load.js'

const request = { requestId: 'r', head: { customAttributes: '' }, body: new Uint8Array(0) } as never

/** A request that waits for a load, and what it was told: error codes. */
function waiter(load: Load, limitMs: number) {
  const told: (string | undefined)[] = []
  const settle: SettleInvocation = error => void told.push(error?.code)
  return { told, invocation: load.wait(request, settle, limitMs) }
}

t.test('who waits for a load is told once: that it lasts, that it failed, or by the model', async t => {
  const load = new Load('claims')
  const late = waiter(load, 1)
  const gone = waiter(load, 60_000)
  const asked = waiter(load, 20)
  t.equal(load.waiting, 3)
  gone.invocation.cancel()
  gone.invocation.cancel()
  while (late.told.length === 0) await wait(1)
  t.same([late.told, gone.told, load.waiting], [['MODEL_NOT_READY'], ['CALLER_GONE'], 1])

  let cancelled = 0
  const settles: SettleInvocation[] = []
  load.handOut((_request, settle, loadMs) => {
    t.ok(loadMs >= 0)
    settles.push(settle)
    return { cancel: () => cancelled++ }
  })
  t.equal(load.waiting, 0)
  load.fail(fail('DRAINING', {}))
  asked.invocation.cancel()
  t.equal(cancelled, 1, 'from then on it is the request that is given up')
  await wait(30)
  t.same(asked.told, [], 'its time to wait is over no more')
  settles[0]!(undefined, undefined, 0)
  t.same(asked.told, [undefined])

  const failing = new Load('broken')
  const first = waiter(failing, 60_000)
  const full = waiter(failing, 60_000)
  failing.fail(fail('DRAINING', {}))
  failing.fail(fail('DRAINING', {}))
  t.same([first.told, full.told], [['DRAINING'], ['DRAINING']])
})

t.test('a model that takes no more refuses those that waited for it, one by one', async t => {
  const load = new Load('claims')
  const waiters = [waiter(load, 60_000), waiter(load, 60_000)]
  load.handOut(() => {
    throw fail('QUEUE_FULL', { model: 'claims', limit: 1 })
  })
  t.same(
    waiters.map(({ told }) => told),
    [['QUEUE_FULL'], ['QUEUE_FULL']],
  )
  t.match(load.notReady(), { code: 'MODEL_NOT_READY', message: /"claims" is still being loaded after \d+ ms/ })
})
