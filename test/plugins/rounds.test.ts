import t from 'tap'
import { Rounds } from '../../plugins/_model/rounds.js'
import { linesLog } from '../helpers/lines-log.js'
import { silentLog } from '../helpers/silent-log.js'

/** A training whose rounds take so many seconds each, with a clock of its own. */
function run(seconds: readonly number[], limit: number, options: { reserve?: number; done?: number } = {}) {
  let nowMs = 0
  const { all, log } = linesLog()
  const rounds = new Rounds({
    wanted: seconds.length,
    unit: 'epochs',
    log,
    secondsLeft: () => Math.max(0, limit - nowMs / 1000),
    reserve: () => options.reserve ?? 0,
    ...(options.done === undefined ? {} : { done: options.done }),
  })
  while (rounds.goesOn) {
    nowMs += 1000 * seconds[rounds.done]!
    rounds.end()
  }
  return { done: rounds.done, seconds: nowMs / 1000, lines: all }
}

t.test('without a limit all rounds are made', async t => {
  const rounds = new Rounds({ wanted: 3, unit: 'epochs', log: silentLog })
  let made = 0
  for (; rounds.goesOn; made++) rounds.end()
  t.equal(made, 3)
})

t.test('with enough time all rounds are made, and nothing is said', async t => {
  const { done, lines } = run(Array(10).fill(1), 20)
  t.equal(done, 10)
  t.strictSame(lines, [])
})

t.test('rounds end before the time does, by what they took so far', async t => {
  const { done, seconds, lines } = run(Array(100).fill(1), 20)
  t.ok(seconds <= 20, `${seconds} s`)
  t.ok(done >= 17, `${done} rounds`)
  t.match(lines, [{ message: 'fewer rounds fit into the time', unit: 'epochs', wanted: 100 }])
  t.equal(lines.length, 1, 'said once')
})

t.test('what comes after the rounds has its time', async t => {
  const { seconds } = run(Array(100).fill(1), 20, { reserve: 5 })
  t.ok(seconds <= 15, `${seconds} s`)
})

t.test('a slow first round does not hide that others are fast', async t => {
  const { done, seconds } = run([5, ...Array(200).fill(0.2)], 20)
  t.ok(done > 50, `${done} rounds`)
  t.ok(seconds <= 20, `${seconds} s`)
})

t.test('rounds that get slower and slower still end in time, but for the last', async t => {
  const seconds = Array.from({ length: 100 }, (_, i) => 1 + i * 0.05)
  t.ok(run(seconds, 30).seconds <= 30)
})

t.test('one round is always made; a training that is stopped makes no other', async t => {
  t.equal(run([50, 1], 20).done, 1)
  t.equal(run([1, 1, 1], 0).done, 1)
})

t.test('a round that was slower than others is what the next may take, and then the mean of both', t => {
  let left = 100
  const rounds = new Rounds({ wanted: 50, unit: 'epochs', log: silentLog, secondsLeft: () => left })
  const after = (seconds: number) => {
    left -= seconds
    rounds.end()
    return Number(rounds.roundSeconds.toFixed(6))
  }
  // A tenth more than they took: 2, the last of 2 and 4, the mean of 3 and 1.
  t.same([after(2), after(4), after(1)], [2.2, 4.4, 2.2])
  t.end()
})

t.test('a stop says nothing of what a round takes', t => {
  let left = Number.POSITIVE_INFINITY
  const rounds = new Rounds({ wanted: 50, unit: 'epochs', log: silentLog, secondsLeft: () => left })
  rounds.end()
  left = 0
  rounds.end()
  t.match(rounds, { planned: 2, done: 2, goesOn: false, roundSeconds: 0 })
  t.end()
})

t.test('rounds beyond those that are wanted count as they are', t => {
  const rounds = new Rounds({ wanted: 3, unit: 'epochs', log: silentLog, secondsLeft: () => 100, done: 2 })
  rounds.reach(3.5)
  t.match(rounds, { planned: 3.5, done: 3.5, goesOn: false })
  t.end()
})

t.test('an earlier run counts', async t => {
  t.equal(run(Array(10).fill(1), 100, { done: 10 }).seconds, 0)
  t.equal(run(Array(10).fill(1), 100, { done: 8 }).seconds, 2)
})

t.test('where a round may end early, nearly all of the time is used', async t => {
  let left = 100
  const rounds = new Rounds({ wanted: 50, unit: 'epochs', inParts: true, log: silentLog, secondsLeft: () => left })
  // 40 s an epoch, told of twenty times in each.
  while (rounds.goesOn) {
    left = Math.max(0, left - 2)
    rounds.reach(rounds.done + 0.05)
  }
  t.ok(rounds.done > 2.3 && rounds.done <= 2.5, `${rounds.done} epochs`)
})

t.test('steps too short for the clock are measured together', async t => {
  let now = 0
  const seconds = () => Math.max(0, 10 - Math.floor(now) / 1000)
  const rounds = new Rounds({ wanted: 1e6, unit: 'epochs', log: silentLog, secondsLeft: seconds })
  let least = 1e6
  while (rounds.goesOn) {
    now += 0.25
    rounds.end()
    least = Math.min(least, rounds.planned)
  }
  t.ok(least > 36_000, `${least} planned`)
  t.ok(rounds.done > 39_000 && rounds.done <= 40_000, `${rounds.done} rounds`)
})

t.test('what is saved between rounds does not count as one', async t => {
  let left = 1000
  const rounds = new Rounds({ wanted: 500, unit: 'epochs', log: silentLog, secondsLeft: () => left })
  const make = () => {
    left -= 1
    rounds.end()
  }
  make()
  left -= 100
  rounds.skip()
  make()
  t.equal(rounds.planned, 500)
  t.ok(rounds.roundSeconds < 1.2)
})

t.test('where the rounds are made again afterwards, they share the time', async t => {
  let seconds = 0
  const secondsLeft = () => Math.max(0, 34 - seconds)
  const rounds = new Rounds({ wanted: 100, unit: 'epochs', log: silentLog, secondsLeft, repeats: () => 2 })
  for (; rounds.goesOn; rounds.end()) seconds++
  t.equal(rounds.done, 10, 'and 20 more follow')
})
