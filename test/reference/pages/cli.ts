import type { DefinedCommand } from '../../../cli/command.js'
import { commands } from '../../../cli/commands.js'
import { anchorOf, code, excerpt, note, plain, table } from '../markdown.js'

/** Command -> pages that tell how it is used. */
const guidesOf: Readonly<Record<string, readonly string[]>> = {
  serve: ['operating.md', 'standalone.md', 'http.md'],
  train: ['training.md', 'workspace.md'],
  evaluate: ['evaluating.md'],
  invoke: ['http.md'],
  batch: ['batch.md'],
  inspect: ['artifacts.md'],
  pack: ['artifacts.md'],
  push: ['standalone.md'],
  import: ['importing.md'],
  new: ['authoring.md', 'testing.md'],
  plugins: ['plugins.md'],
  check: ['conformance.md'],
  init: ['workspace.md'],
  plan: ['workspace.md', 'deploy-sagemaker.md'],
  publish: ['deploy-sagemaker.md'],
  probe: ['deploy-sagemaker.md'],
}

/** docs/cli.md: every command, as it is defined. */
export function renderCli(): string {
  const summaries = commands.map(({ definition: { name, summary } }) => [
    `[${code(name)}](#${anchorOf(`modelhost ${name}`)})`,
    summary,
  ])
  return `${note}

# Commands

\`modelhost COMMAND --help\` tells the same in a terminal; \`modelhost --version\` prints the version.

Results go to stdout, log lines and progress to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage.

${table(['Command', 'What'], summaries)}

${commands.map(renderCommand).join('\n')}`
}

function renderCommand({ definition }: DefinedCommand): string {
  const { name, description, arguments: operands, options, examples } = definition
  const parts = [`## ${code(`modelhost ${name}`)}`, code(synopsisOf(definition)), plain(description)]
  const operandRows = Object.entries(operands).map(([operand, { description, optional }]) => [
    code(operand) + (optional ? '' : ', required'),
    plain(description),
  ])
  if (operandRows.length > 0) parts.push(table(['Argument', 'What'], operandRows))
  const optionRows = Object.entries(options).map(([flag, { value, required, description }]) => [
    code(value ? `--${flag} ${value}` : `--${flag}`) + (required ? ', required' : ''),
    plain(description),
  ])
  if (optionRows.length > 0) parts.push(table(['Option', 'What'], optionRows))
  if (name === 'serve') parts.push('Each option is a setting of [configuration.md](configuration.md) as well.')
  if (name === 'train') parts.push('The params of each model type: [model-types.md](model-types.md).')
  const guides = guidesOf[name]
  if (guides) parts.push(`More: ${guides.map(page => `[${page}](${page})`).join(', ')}.`)
  const lines = Object.entries(examples).map(([typed, does]) => `# ${does}\n${typed}`)
  if (lines.length > 0) parts.push(excerpt('sh', lines.join('\n\n')))
  return `${parts.join('\n\n')}\n`
}

function synopsisOf({ name, arguments: operands, options }: DefinedCommand['definition']): string {
  const names = Object.entries(operands).map(([operand, { optional }]) => (optional ? `[${operand}]` : `<${operand}>`))
  const required = Object.entries(options).filter(([, { required }]) => required)
  const flags = required.map(([flag, { value }]) => `--${flag} <${value}>`)
  const rest = Object.keys(options).length > required.length ? ['[options]'] : []
  return ['modelhost', name, ...names, ...flags, ...rest].join(' ')
}
