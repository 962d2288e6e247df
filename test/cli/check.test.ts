import { setTimeout as wait } from 'node:timers/promises'
import { ParseOption, XmlDocument, type XmlElement, XsdValidator } from 'libxml2-wasm'
import t from 'tap'
import { findLoaded, refuseLoaded } from '../../cli/check/before.js'
import type { Theme } from '../../cli/check/case.js'
import { multiThemes, singleThemes } from '../../cli/check/cases/index.js'
import { Container } from '../../cli/check/container.js'
import { junitReport } from '../../cli/check/junit.js'
import { jsonReport, textReport } from '../../cli/check/report.js'
import { runChecks } from '../../cli/check/run.js'
import { Wire } from '../../cli/check/wire.js'
import { check, given, idsOf, limits } from '../helpers/mme/check-server.js'
import { junitSchema } from '../helpers/mme/junit-schema.js'
import { failure, readLoad } from '../helpers/mme/right.js'
import type { Answer } from '../helpers/mme/server.js'
import { plantedFaults, startServer } from '../helpers/mme/wrong-server.js'

const only = (...ids: string[]): Theme[] =>
  multiThemes.map(theme => ({ ...theme, cases: theme.cases.filter(({ id }) => ids.includes(id)) }))

t.test('each case has a name of its own and names a fault that is planted', async t => {
  const ids = [...multiThemes, ...singleThemes].flatMap(({ cases }) => cases.map(({ id }) => id))
  const named = new Set(plantedFaults.flatMap(({ fault }) => fault.cases))
  t.same([...named].toSorted(), [...new Set(ids)].toSorted())
  const multiIds = multiThemes.flatMap(({ cases }) => cases.map(({ id }) => id))
  t.equal(new Set(multiIds).size, multiIds.length)
  for (const id of ids) t.match(id, /^[a-z0-9]+(-[a-z0-9]+)*$/)
})

t.test('a right server passes all cases, and is left as it was', async t => {
  const { url, loaded } = await startServer(t)
  const results = await check(url, multiThemes)
  t.same(idsOf(results, 'failed'), [])
  t.same(idsOf(results, 'not run'), [])
  t.same(loaded(), [])
})

t.test('a right server with room for two models, which takes names of the platform alone, fails no case', async t => {
  const { url, loaded } = await startServer(t, {
    cases: [],
    plant: (right, { models, loading }) => ({
      load: call => {
        const { name } = readLoad(call) ?? { name: '' }
        if (name !== '' && !/^[0-9a-f]{32}$/.test(name)) return failure(400, 'no name of the platform')
        const isFull = models.size + loading.size >= 2 && !models.has(name) && !loading.has(name)
        return isFull ? failure(507, 'no room') : right.load(call)
      },
    }),
  })
  const results = await check(url, multiThemes)
  t.same(idsOf(results, 'failed'), [])
  t.same(
    idsOf(results, 'not run').filter(id => !id.startsWith('name-')),
    ['list-each-once', 'list-pages-each-once', 'load-together', 'unload-together', 'load-while-invoking'],
  )
  t.ok(idsOf(results, 'passed').includes('name-is-exact'))
  t.same(loaded(), [])
})

t.test('without an artifact what needs none is run, and the rest is not called passed', async t => {
  const { url } = await startServer(t)
  const container = new Container(new Wire(new URL(url), limits.requestMs), {}, limits)
  const results = await runChecks(container, { themes: multiThemes })
  const without = multiThemes
    .flatMap(({ cases }) => cases.filter(({ needs }) => needs.length === 0))
    .map(({ id }) => id)
  t.same(idsOf(results, 'passed'), without)
  t.same(idsOf(results, 'failed'), [])
  t.match(textReport(url, results), `${without.length} passed, 0 failed, ${results.length - without.length} not run`)
})

t.test('what is no answer fails its case, with what came instead', async t => {
  const nothing: Record<string, [Partial<Answer>, RegExp]> = {
    nothing: [{ instead: 'nothing' }, /^nothing within 0\.2 s$/],
    'a cut': [{ instead: 'a cut' }, /^a connection cut before an answer \(ECONNRESET\)$/],
    garbage: [{ instead: '\u0000\u0001SSH-2.0-nonsense\r\n' }, /^what is no HTTP \(/],
    'a part': [
      { instead: 'HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nno' },
      /^a connection cut after 2 bytes of the body/,
    ],
    'a body without end': [
      { instead: `HTTP/1.1 404 Not Found\r\nContent-Length: 104857600\r\n\r\n${'x'.repeat(17 << 20)}` },
      /^404 Not Found with more than 16777216 bytes$/,
    ],
    'another protocol': [
      { instead: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n' },
      /^101 Switching Protocols, which nobody has asked for$/,
    ],
    'control characters': [
      { status: 200, body: '\u0000\u001b[2Jgone\u202e\uFFFF' },
      /body \\x00\\x1b\[2Jgone\\u\{202e\}/,
    ],
  }
  for (const [what, [answer, came]] of Object.entries(nothing)) {
    const { url } = await startServer(t, { cases: [], plant: () => ({ get: () => ({ status: 0, ...answer }) }) })
    const limitMs = answer.instead === 'nothing' ? 200 : limits.requestMs
    const container = new Container(new Wire(new URL(url), limitMs), given, limits)
    const [result] = await runChecks(container, { themes: only('get-absent-404') })
    t.match(result, { outcome: 'failed', fault: { sent: /^GET \/models\/[0-9a-f]{32}/, came } }, what)
    const xml = junitReport(url, [result!])
    t.doesNotThrow(() => XmlDocument.fromString(xml).dispose(), 'and is well in XML')
  }
})

t.test('what has hung once is not waited for as long again', async t => {
  let asked = 0
  const plant = () => ({
    get: (): Answer => {
      asked++
      return { status: 0, instead: 'nothing' }
    },
  })
  const { url } = await startServer(t, { cases: [], plant })
  const wire = new Wire(new URL(url), 150, { againMs: 20 })
  const startMs = performance.now()
  await t.rejects(wire.send({ method: 'GET', path: '/models/a' }), { message: /came nothing within 0\.15 s$/ })
  await t.rejects(wire.send({ method: 'GET', path: '/models/b' }), { message: /came nothing within 0\.02 s$/ })
  t.ok(performance.now() - startMs < 1000)
  t.equal(asked, 2)
})

t.test('a check that is stopped unloads what it has loaded', async t => {
  const stop = new AbortController()
  const { url, loaded } = await startServer(t, {
    cases: [],
    plant: right => ({
      load: async call => {
        stop.abort(new Error('SIGINT'))
        // Done when nobody listens any more.
        await wait(50)
        return right.load(call)
      },
    }),
  })
  const container = new Container(new Wire(new URL(url), limits.requestMs), given, limits)
  await t.rejects(runChecks(container, { themes: only('load-200', 'invoke-200'), signal: stop.signal }), {
    message: 'SIGINT',
  })
  t.same(loaded(), [])
})

t.test('what cannot be unloaded is told by its name', async t => {
  const { url, loaded } = await startServer(t, {
    cases: [],
    plant: () => ({ unload: () => ({ status: 404, body: {} }) }),
  })
  const left: string[] = []
  const container = new Container(new Wire(new URL(url), limits.requestMs), given, limits)
  await runChecks(container, { themes: only('load-200', 'load-again-409'), onLeft: name => left.push(name) })
  t.same(left.toSorted(), loaded().toSorted())
  t.equal(left.length, 2)
})

t.test('unloads that hang are tried once, and at the end a few of them again', async t => {
  let asked = 0
  const { url, loaded } = await startServer(t, {
    cases: [],
    plant: () => ({
      unload: () => {
        asked++
        return { status: 0, instead: 'nothing' }
      },
    }),
  })
  const left: string[] = []
  const container = new Container(new Wire(new URL(url), 60, { againMs: 10 }), given, limits)
  const themes = only('load-200', 'load-again-409', 'load-again-other-url-409', 'load-path-twice', 'get-loaded')
  await runChecks(container, { themes, onLeft: name => left.push(name) })
  t.same(left.toSorted(), loaded().toSorted())
  t.ok(left.length > 4)
  t.ok(asked <= left.length + 3, `${asked} unloads of ${left.length} models`)
})

t.test('filling ends in time, and with a check that is stopped', async t => {
  const slow = {
    cases: [],
    plant: () => ({
      load: async () => {
        await wait(40)
        return { status: 200, body: {} }
      },
      unload: () => ({ status: 200, body: {} }),
    }),
  }
  const { url } = await startServer(t, slow)
  const wire = new Wire(new URL(url), 100)
  const filling = { ...given, fill: 1_000_000 }
  const [, result] = await runChecks(new Container(wire, filling, { ...limits, requestMs: 100 }), {
    themes: only('load-200', 'room-507'),
  })
  t.match(result, { outcome: 'not run', reason: /^\d copies have room, and took 0\.3 s; a longer --timeout/ })

  const stop = new AbortController()
  let loads = 0
  const stopping = await startServer(t, {
    cases: [],
    plant: right => ({
      load: call => {
        if (++loads === 4) stop.abort(new Error('SIGTERM'))
        return right.load(call)
      },
    }),
  })
  const container = new Container(new Wire(new URL(stopping.url), limits.requestMs), filling, limits)
  await t.rejects(runChecks(container, { themes: only('load-200', 'room-507'), signal: stop.signal }), {
    message: 'SIGTERM',
  })
  t.same([stopping.loaded(), loads], [[], 4])
})

t.test('models of others are found before, named in the refusal, and left alone', async t => {
  const { url, loaded } = await startServer(t)
  const wire = new Wire(new URL(url), limits.requestMs)
  t.same(await findLoaded(wire), [])
  const theirs = new Container(wire, given, limits)
  for (const name of ['a', 'b', 'c', 'd']) t.equal((await theirs.load(name)).status, 200)
  const found = await findLoaded(wire)
  t.match(refuseLoaded(url, found).message, /4 models loaded \("a", "b", "c" and 1 more\).*--allow-loaded/)
  const results = await check(url, only('list-empty-at-first', 'list-each-once', 'unload-together'), {
    hasOthers: true,
  })
  t.same(idsOf(results, 'failed'), [])
  t.match(
    results.find(({ case: { id } }) => id === 'list-empty-at-first'),
    { outcome: 'not run', reason: 'models were loaded before' },
  )
  t.same(loaded(), ['a', 'b', 'c', 'd'])
})

t.test('the reports say what was sent, expected and came, and keep their counts', async t => {
  const { fault } = plantedFaults.find(({ title }) => title === 'malformed JSON is 500, as by MMS')!
  const { url } = await startServer(t, fault)
  const results = await check(url, only('ping-200', 'load-malformed-json', 'room-507'), { fill: 1 })
  const text = textReport(url, results)
  t.match(text, /^ {2}ok {7}ping-200 /m)
  t.match(text, /^ {2}FAILED {3}load-malformed-json /m)
  t.match(text, /^ {2}not run {2}room-507 +1 copies have room; a larger --fill finds the end\.$/m)
  t.match(
    text,
    /^load-malformed-json \(should\): .*\n {2}sent {6}POST \/models, .*,}\n {2}expected {2}a status from 400 to 499\n {2}came {6}500 /m,
  )
  t.match(text, /\n1 passed, 1 failed \(0 must, 1 should\), 1 not run\n$/)

  const json = jsonReport(url, results)
  t.same(json.summary, { passed: 1, failed: 1, failedMust: 0, notRun: 1 })
  t.match(json.cases, [
    { id: 'ping-200', outcome: 'passed', level: 'must' },
    { id: 'load-malformed-json', outcome: 'failed', fault: { came: /^500 / } },
    { id: 'room-507', outcome: 'not run', reason: /room/ },
  ])

  const document = XmlDocument.fromString(junitReport(url, results), { option: ParseOption.XML_PARSE_NONET })
  const schema = XmlDocument.fromString(junitSchema)
  const validator = XsdValidator.fromDoc(schema)
  t.doesNotThrow(() => validator.validate(document))
  const attribute = (path: string, name: string) => (document.get(path) as XmlElement).attr(name)?.value
  t.equal(attribute('/testsuites', 'tests'), '3')
  t.equal(attribute('/testsuites', 'failures'), '1')
  t.equal(attribute('//testsuite[@name="Room"]', 'skipped'), '1')
  t.equal(attribute('//failure', 'type'), 'should')
  t.match(document.get('//failure')!.content, /sent {6}POST \/models, .*,}\n/)
  for (const each of [validator, schema, document]) each.dispose()
})
