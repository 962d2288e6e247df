/** What `testPlugin` has found out about a plugin that passed. */
import type { PredictTimes } from './speed.js'

/** A check that was not made. */
export interface LeftOut {
  readonly check: string
  readonly reason: string
}

export interface PluginReport {
  readonly plugin: string
  readonly version: string
  /** What was checked, in order. */
  readonly checks: readonly string[]
  /** What was not, and why; nothing is left out that is not named here. */
  readonly leftOut: readonly LeftOut[]
  /** What is no fault, but will be missed. */
  readonly warnings: readonly string[]
  /** Median, through a host where there was one. */
  readonly loadMs: number
  /** One example, decoded, checked, predicted and encoded; the mean of the medians. */
  readonly predictMs: number
  readonly predictions: readonly PredictTimes[]
  /** To 8 callers at once, through a host of 2 lanes whose server shares its thread with the callers. */
  readonly requestsPerSecond?: number
  /** What all lanes share: files, scratch of two lanes, and a page for kernels. */
  readonly imageBytes: number
  /** What a model keeps on the heap of each lane, as measured; compare it with what `estimateSize` says. */
  readonly heapBytes?: number
  readonly trainSeconds?: number
}

/** A report for people: checks, what was left out, warnings and speed. */
export function formatReport(report: PluginReport): string {
  const { plugin, version, checks, leftOut, warnings, predictions } = report
  const lines = [`${plugin} ${version}: ${checks.length} checks passed`]
  for (const title of checks) lines.push(`  ok  ${title}`)
  for (const { check, reason } of leftOut) lines.push(`  --  ${check}: ${reason}`)
  for (const warning of warnings) lines.push(`  !   ${warning}`)
  lines.push('', `load      ${ms(report.loadMs)}`)
  for (const { name, medianMs, p95Ms } of predictions) {
    lines.push(`predict   ${ms(medianMs)} median, ${ms(p95Ms)} p95: ${name}`)
  }
  if (report.requestsPerSecond !== undefined) {
    lines.push(`host      ${Math.round(report.requestsPerSecond)} requests/s to 8 callers, 2 lanes`)
  }
  lines.push(`image     ${report.imageBytes} bytes, shared by all lanes`)
  if (report.heapBytes !== undefined) lines.push(`heap      ${report.heapBytes} bytes a lane`)
  if (report.trainSeconds !== undefined) lines.push(`train     ${report.trainSeconds.toFixed(2)} s`)
  return `${lines.join('\n')}\n`
}

const ms = (value: number) => `${value < 10 ? value.toFixed(3) : value.toFixed(1)} ms`
