import t from 'tap'
import { folder } from '../helpers/artifacts.js'
import { fakeHost } from '../helpers/fake-host.js'

t.test('readiness tells what the host has to do and to give', async t => {
  const { app } = await fakeHost(t, { memoryBudget: 1000 })
  const answer = await app.inject('/health/ready')
  t.equal(answer.statusCode, 200)
  t.same(answer.json(), {
    ready: true,
    draining: false,
    running: 3,
    waiting: 9,
    lanes: 2,
    residentBytes: 7,
    budgetBytes: 1000,
  })
})

t.test('a host that drains is alive and not ready; 404 is for balancers that let accepted calls end then', async t => {
  const state = { isReady: true, isDraining: false, isClosed: false }
  const { app } = await fakeHost(t, {}, { state })
  t.equal((await app.inject('/health/ready?drain=404')).statusCode, 200)
  Object.assign(state, { isReady: false, isDraining: true })
  const ready = await app.inject('/health/ready')
  t.equal(ready.statusCode, 503)
  t.equal(ready.headers['retry-after'], '1')
  t.match(ready.json(), { ready: false, draining: true, running: 3 })
  t.equal((await app.inject('/health/ready?drain=404')).statusCode, 404)
  t.equal((await app.inject('/health/ready?drain=404&drain=404')).statusCode, 503)
  t.equal((await app.inject('/health/live')).statusCode, 200)
  t.equal((await app.inject('/ping')).statusCode, 200)
  const served = await app.inject({ method: 'POST', url: '/models/m/invoke', payload: 'x' })
  t.equal(served.statusCode, 200, 'until it is closed')
  t.equal(served.headers.connection, 'close')
  state.isClosed = true
  const refused = await app.inject({ method: 'POST', url: '/models/m/invoke', payload: 'x' })
  t.equal(refused.statusCode, 503)
  t.equal(refused.headers['retry-after'], '1')
  t.equal(refused.headers.connection, 'close')
  t.match(refused.json(), { error: { code: 'DRAINING' } })
  for (const url of ['/ping', '/health/live', '/health/ready'])
    t.not((await app.inject(url)).json().error?.code, 'DRAINING', url)
})

t.test('a single host answers a ping once its model is loaded; others at once', async t => {
  const state = { isReady: false, isDraining: false, isClosed: false }
  const single = await fakeHost(t, { single: await folder(t) }, { state })
  const early = await single.app.inject('/ping')
  t.equal(early.statusCode, 503)
  t.same(early.json(), { status: 'Loading' })
  t.equal(early.headers['retry-after'], '1')
  t.equal((await single.app.inject('/health/live')).statusCode, 200)
  const standalone = await fakeHost(t, { store: await folder(t) }, { state })
  t.equal((await standalone.app.inject('/ping')).statusCode, 200)
  t.equal((await standalone.app.inject('/health/ready')).statusCode, 503)
  t.equal((await standalone.app.inject('/health/ready?drain=404')).statusCode, 503, 'it does not drain')
  state.isReady = true
  t.equal((await single.app.inject('/ping')).statusCode, 200)
  Object.assign(state, { isReady: false, isDraining: true })
  t.equal((await single.app.inject('/ping')).statusCode, 200, 'a host that drains works')
})
