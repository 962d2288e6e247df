import t from 'tap'
import { createLog } from '../../cli/log.js'
import { createProgress } from '../../cli/progress.js'
import { formatSeconds, formatTable } from '../../cli/text.js'

function setUp(terminal: { isTTY?: boolean; columns?: number }) {
  const written: string[] = []
  const lines: string[] = []
  let now = 0
  const log = createLog('info', line => lines.push(line.slice('12:00:00 '.length)))
  const write = (text: string) => written.push(text)
  const { report, clear } = createProgress({ ...terminal, write }, log, () => now)
  const at = (seconds: number, done: number, figures = {}) => {
    now = seconds * 1000
    report({ done, total: 10, unit: 'epochs', stage: 'training', figures })
  }
  return { written, lines, at, clear }
}

t.test('without a terminal there is a log line every three seconds, with the time left', async t => {
  const { lines, written, at } = setUp({})
  at(0, 0)
  at(1, 1)
  at(3, 3, { loss: 0.123456 })
  at(10, 10)
  t.same(lines, [
    'info  training 0/10 epochs\n',
    'info  training 3/10 epochs, 7 s left, loss 0.1235\n',
    'info  training 10/10 epochs\n',
  ])
  t.same(written, [])
})

t.test('the time left counts from the first step that was told', async t => {
  const { lines, at } = setUp({})
  at(100, 5)
  at(104, 7)
  t.same(lines, ['info  training 5/10 epochs\n', 'info  training 7/10 epochs, 6 s left\n'])
})

t.test('on a terminal a bar is drawn over itself, cut to the width, and cleared', async t => {
  const { lines, written, at, clear } = setUp({ isTTY: true, columns: 40 })
  at(0, 0)
  at(0.05, 1)
  at(5, 5)
  clear()
  t.same(lines, [])
  t.same(written, [
    '\r\x1b[K[------------------------] training 0/10',
    '\r\x1b[K[############------------] training 5/10',
    '\r\x1b[K',
  ])
})

t.test('times are written as people read them', async t => {
  t.same([0.4, 59, 61, 3599, 3600, 7384].map(formatSeconds), [
    '0 s',
    '59 s',
    '1 min 01 s',
    '59 min 59 s',
    '1 h 00 min',
    '2 h 03 min',
  ])
})

t.test('a table lines its columns up, numbers at the right', async t => {
  t.equal(
    formatTable([
      ['name', 'bytes'],
      ['a', 5],
      ['model', 12345],
    ]),
    '  name   bytes\n  a          5\n  model  12345\n',
  )
})

t.test('a log leaves out what is below its level', async t => {
  const lines: string[] = []
  const log = createLog('warn', line => lines.push(line))
  log.info({}, 'not shown')
  log.warn({ file: 'a b', rows: 2 }, 'shown')
  t.match(lines, [/^\d\d:\d\d:\d\d warn {2}shown file="a b" rows=2\n$/])
})
