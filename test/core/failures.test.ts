import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { fail } from '../../core/errors.js'
import { Failures } from '../../core/failures.js'

const broken = fail('ARCHIVE_INVALID', { file: 'a.tar.gz', problem: 'it is empty' })
const delayMs = (failures: Failures, name: string) => failures.get(name)!.retryAtMs - failures.get(name)!.sinceMs

t.test('a failure is remembered for a time that doubles, up to a minute', async t => {
  const failures = new Failures()
  const delays: number[] = []
  for (let i = 0; i < 9; i++) {
    failures.note('a', broken)
    delays.push(delayMs(failures, 'a'))
  }
  t.same(delays, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
  t.throws(() => failures.check('a'), {
    code: 'ARCHIVE_INVALID',
    message: /^a\.tar\.gz cannot be unpacked: .*\(That was \d s ago; the next try is in (59|60) s\.\)$/,
  })
  failures.check('b')
  failures.forget('a')
  failures.check('a')
})

t.test('what may mend itself is tried again soon', async t => {
  const failures = new Failures()
  for (let i = 0; i < 6; i++) {
    failures.note('absent', fail('TARGET_NOT_FOUND', { target: 'absent', store: '/models' }))
    failures.note('away', fail('STORE_UNAVAILABLE', { store: 's3://models', problem: 'no answer' }))
    failures.note('full', fail('MEMORY_FULL', { model: 'full', needBytes: 2, freeBytes: 1 }))
  }
  t.equal(delayMs(failures, 'absent'), 1000)
  t.equal(delayMs(failures, 'away'), 5000)
  t.equal(failures.get('full'), undefined, 'short room says nothing about the model')
})

t.test('once the time is over, a model may be tried again, and the count goes on', async t => {
  const failures = new Failures()
  failures.note('a', broken)
  const { retryAtMs } = failures.get('a')!
  while (Date.now() < retryAtMs) await setTimeout(retryAtMs - Date.now())
  failures.check('a')
  failures.note('a', broken)
  t.match(failures.get('a'), { count: 2 })
})
