import { describeFault } from './report.js'
import type { Result } from './run.js'

/**
 * The results as CI systems read them: a test suite a theme; what was not run is skipped.
 *
 * @see the JUnit format of Jenkins, testsuites
 */
export function junitReport(url: string, results: readonly Result[]): string {
  const themes = [...new Set(results.map(({ theme }) => theme))]
  const suites = themes.map(theme =>
    suite(
      url,
      theme,
      results.filter(result => result.theme === theme),
    ),
  )
  const counts = attributes({ name: `modelhost check ${url}`, ...countsOf(results) })
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites${counts}>`, ...suites, '</testsuites>', ''].join('\n')
}

function suite(url: string, theme: string, results: readonly Result[]): string {
  const own = attributes({ name: theme, ...countsOf(results), skipped: countOf(results, 'not run') })
  const property = `    <properties>\n      <property${attributes({ name: 'url', value: url })}/>\n    </properties>`
  return [`  <testsuite${own}>`, property, ...results.map(testCase), '  </testsuite>'].join('\n')
}

function testCase(result: Result): string {
  const { id, title } = result.case
  const head = attributes({ name: `${id}: ${title}`, classname: `modelhost.check.${id}`, time: secondsOf([result]) })
  const inner = outcomeOf(result)
  return inner === undefined ? `    <testcase${head}/>` : `    <testcase${head}>\n      ${inner}\n    </testcase>`
}

function outcomeOf(result: Result): string | undefined {
  if (result.outcome === 'not run') return `<skipped${attributes({ message: result.reason })}/>`
  if (result.outcome === 'passed') return undefined
  const { expected, came } = result.fault
  const head = attributes({ type: result.case.level, message: `expected ${expected}, came ${came}` })
  return `<failure${head}>${escapeXml(describeFault(result).join('\n'))}</failure>`
}

const countOf = (results: readonly Result[], outcome: Result['outcome']) =>
  results.filter(result => result.outcome === outcome).length

const countsOf = (results: readonly Result[]) => ({
  tests: results.length,
  failures: countOf(results, 'failed'),
  errors: 0,
  time: secondsOf(results),
})

const secondsOf = (results: readonly Result[]) => (results.reduce((sum, { ms }) => sum + ms, 0) / 1000).toFixed(3)

const attributes = (fields: Readonly<Record<string, string | number>>) =>
  Object.entries(fields)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value)).replaceAll(/[\t\n]/g, ' ')}"`)
    .join('')

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/** What XML 1.0 has no way to write, not even escaped (section 2.2, Char). */
const forbidden = /[^\t\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

export const escapeXml = (text: string): string =>
  text.replaceAll(forbidden, '\uFFFD').replaceAll(/[&<>"]/g, character => entities[character]!)
