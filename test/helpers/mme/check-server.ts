import type { Theme } from '../../../cli/check/case.js'
import { Container, type Given } from '../../../cli/check/container.js'
import { type Result, runChecks } from '../../../cli/check/run.js'
import { Wire } from '../../../cli/check/wire.js'
import { artifacts } from './right.js'

/** What a check of the small server is given. */
export const given: Given = {
  modelUrl: artifacts.model,
  otherUrl: artifacts.other,
  brokenUrl: artifacts.broken,
  request: { body: Buffer.from('{"text": "wind and rain"}'), type: 'application/json', accept: 'application/json' },
  fill: 12,
}

/** Much shorter than those of a container: nothing here takes long but what hangs. */
export const limits = { requestMs: 3000, pingMs: 2000, acceptMs: 1000 }

export function check(url: string, themes: readonly Theme[], changes: Partial<Given> = {}): Promise<Result[]> {
  const container = new Container(new Wire(new URL(url), limits.requestMs), { ...given, ...changes }, limits)
  return runChecks(container, { themes })
}

export const idsOf = (results: readonly Result[], outcome: Result['outcome']) =>
  results.filter(result => result.outcome === outcome).map(result => result.case.id)
