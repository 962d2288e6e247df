import t from 'tap'
import { runJob } from '../../cli/job.js'

t.test('a signal that comes twice at once stops a job once; a later one ends the process', async t => {
  const { kill } = process
  const clock = performance.now
  const killed: unknown[] = []
  let now = 0
  t.teardown(() => {
    process.kill = kill
    performance.now = clock
  })
  process.kill = (_, signal) => {
    killed.push(signal)
    return true
  }
  performance.now = () => now
  const before = process.listenerCount('SIGTERM')
  await runJob('silent', async ({ signal }) => {
    process.emit('SIGTERM', 'SIGTERM')
    t.ok(signal.aborted)
    t.equal((signal.reason as Error).message, 'SIGTERM')
    now = 50
    process.emit('SIGTERM', 'SIGTERM')
    t.same(killed, [], 'it may put away what it has begun')
    t.equal(process.listenerCount('SIGTERM'), before + 1)
    now = 5000
    process.emit('SIGTERM', 'SIGTERM')
    t.same(killed, ['SIGTERM'])
    t.equal(process.listenerCount('SIGTERM'), before, 'and nobody keeps it from ending the process')
  })
})
