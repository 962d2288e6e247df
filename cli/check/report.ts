import type { Result } from './run.js'

/** What a check comes to. "Not run" is neither passed nor failed. */
export interface Summary {
  readonly passed: number
  readonly failed: number
  /** Of these, against the contract's letter. */
  readonly failedMust: number
  readonly notRun: number
}

export function summarize(results: readonly Result[]): Summary {
  const count = (outcome: Result['outcome']) => results.filter(result => result.outcome === outcome).length
  const failedMust = results.filter(result => result.outcome === 'failed' && result.case.level === 'must').length
  return { passed: count('passed'), failed: count('failed'), failedMust, notRun: count('not run') }
}

/** For a program. Fields are added, never renamed. */
export function jsonReport(url: string, results: readonly Result[]) {
  return {
    url,
    summary: summarize(results),
    cases: results.map(result => {
      const { id, title, level, why, source } = result.case
      const { theme, outcome, ms } = result
      return {
        id,
        theme,
        title,
        level,
        outcome,
        ms: Math.round(ms * 10) / 10,
        ...(result.outcome === 'failed' ? { fault: result.fault } : {}),
        ...(result.outcome === 'not run' ? { reason: result.reason } : {}),
        why,
        source,
      }
    }),
  }
}

const marks: Readonly<Record<Result['outcome'], string>> = { passed: 'ok', failed: 'FAILED', 'not run': 'not run' }

/** For people: all cases by theme, then the faults with what was sent and what came. */
export function textReport(url: string, results: readonly Result[]): string {
  const width = Math.max(...results.map(result => result.case.id.length))
  const lines: string[] = [url]
  let theme = ''
  for (const result of results) {
    if (result.theme !== theme) lines.push('', result.theme)
    theme = result.theme
    const { id, title } = result.case
    const text = result.outcome === 'not run' ? `${result.reason}.` : title
    lines.push(`  ${marks[result.outcome].padEnd(7)}  ${id.padEnd(width)}  ${text}`)
  }
  for (const result of results) {
    if (result.outcome !== 'failed') continue
    lines.push('', ...describeFault(result))
  }
  const { passed, failed, failedMust, notRun } = summarize(results)
  const ofThese = failed === 0 ? '' : ` (${failedMust} must, ${failed - failedMust} should)`
  lines.push('', `${passed} passed, ${failed} failed${ofThese}, ${notRun} not run`)
  return `${lines.join('\n')}\n`
}

/** The fault of a case, a line each. */
export function describeFault(result: Result & { readonly outcome: 'failed' }): string[] {
  const { id, level, title, why, source } = result.case
  const { sent, expected, came } = result.fault
  return [
    `${id} (${level}): ${title}`,
    `  sent      ${sent}`,
    `  expected  ${expected}`,
    `  came      ${came}`,
    `  why       ${why}`,
    `  source    ${source}`,
  ]
}
