/*
 * What a training says of itself in its log, for SageMaker to read:
 *
 *   metric stage=learning; done=1200; total=4000; unit=sentences; progress=0.3; dev_f1=71.25;
 *
 * One line, `name=value;` each; a definition finds one of the values by a regular expression.
 */
import { metricName } from '../../core/metric-name.js'
import type { AnyPlugin, Progress } from '../../core/plugin.js'

/** As the request CreateTrainingJob has it: Regex has one group, the number. */
export interface MetricDefinition {
  readonly Name: string
  readonly Regex: string
}

/** What the host knows of every training: the share that is done, and at the end, its time. */
const ownMetrics = ['progress', 'seconds']

/**
 * The metrics that a training of a plugin has in its log, for AlgorithmSpecification.MetricDefinitions; at most 40.
 *
 * The expressions mean the same in JavaScript, Python and Java.
 */
export function metricDefinitions({ metrics = [] }: Pick<AnyPlugin, 'metrics'>): MetricDefinition[] {
  const names = new Set([...ownMetrics, ...metrics.map(metricName)])
  return [...names].map(Name => ({ Name, Regex: `\\b${Name}=([-+0-9.e]+);` }))
}

/** Names that a line has anyway. */
const taken = ['stage', 'done', 'total', 'unit', ...ownMetrics]

/** One line of the log, without its end. */
export function metricLine({ stage, done, total, unit, figures = {} }: Progress): string {
  const known = Number.isFinite(total) && total > 0
  const fields: [string, unknown][] = [
    ...(stage === undefined ? [] : [['stage', word(stage)] as [string, unknown]]),
    ['done', done],
    ...(known ? [['total', total] as [string, unknown]] : []),
    ['unit', word(unit)],
    ...(known ? [['progress', shorten(done / total)] as [string, unknown]] : []),
  ]
  for (const [figure, value] of Object.entries(figures)) {
    const name = metricName(figure)
    if (Number.isFinite(value) && !taken.includes(name)) fields.push([name, shorten(value)])
  }
  return `metric ${fields.map(([name, value]) => `${name}=${value};`).join(' ')}`
}

/** The line at the end. */
export const secondsLine = (seconds: number): string => `metric seconds=${shorten(seconds)};`

/** A stage may be of several words; a value is one. */
const word = (text: string) => metricName(text) || '-'

/** Six digits: more are noise, and cost room in the log. */
const shorten = (value: number) => Number(value.toPrecision(6))
