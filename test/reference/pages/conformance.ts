import type { CheckCase, Need, Theme } from '../../../cli/check/case.js'
import { multiThemes, singleThemes } from '../../../cli/check/cases/index.js'

const flags: Readonly<Record<Need, string>> = {
  model: '--model-url',
  request: '--request',
  other: '--other-url',
  broken: '--broken-url',
  fill: '--fill',
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('*', '\\*')

function row({ id, level, title, why, source, needs }: CheckCase): string {
  const given = needs.map(need => `\`${flags[need]}\``).join(', ')
  return `| \`${id}\` | ${level} | ${cell(title)} | ${cell(why)} | ${cell(source)} | ${given} |`
}

const head = `| Case | Level | What must be | Where it is not so | Source | Needs |
| --- | --- | --- | --- | --- | --- |`

const section = ({ name, cases }: Theme) => `## ${name}\n\n${[head, ...cases.map(row)].join('\n')}\n`

/** All cases of `modelhost check`: what CI goes by. */
export function renderConformance(): string {
  const single = singleThemes.at(-1)!
  const shared = singleThemes.slice(0, -1).flatMap(({ cases }) => cases.map(({ id }) => `\`${id}\``))
  return `<!-- Made by \`npm run docs\` from the code; a test compares. -->

# Cases of the conformance check

What [\`modelhost check\`](conformance.md) asks a container, in the order of its report. \`must\` is the contract's letter;
\`should\` is documented behaviour of the platform's servers, or what users have complained of. A source is a page of the
SageMaker developer guide, an operation of its API, or a report (#) or a file in the repository of another server.

${multiThemes.map(section).join('\n')}
# A container with one model

\`--single\` runs ${shared.join(', ')}, and these:

${section(single).replace(/^## .*\n\n/, '')}`
}
