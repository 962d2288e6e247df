/** The pages of docs/ that are made from the code: page name -> its text. */
import { settingsTable } from '../../core/config.js'
import { errors } from '../../core/errors.js'

const note = '<!-- Made by `npm run docs` from the code; a test compares. -->'

/** A Markdown table; a cell's bars and new lines do not break it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const code = (text: string) => `\`${text}\``

const statusWords: Readonly<Record<number, string>> = {
  400: 'The request is wrong: change it.',
  401: 'The caller has not said who it is.',
  404: 'It is not there: load it, or correct the path.',
  405: 'Another method is meant.',
  406: 'The answer cannot have that type.',
  408: 'The request took too long to arrive.',
  409: 'The model is there already, or being loaded.',
  413: 'The body, or what it asks for, is too large.',
  415: 'The body has a type that cannot be read.',
  422: 'The artifact is wrong: mend it, then load it again.',
  429: 'The model is being loaded: ask again.',
  431: 'The headers are too large.',
  499: 'The caller is gone; nobody reads this answer.',
  500: 'The plugin or the host failed; the request may be sound.',
  502: 'The store failed; the request may be sound.',
  503: 'Not now: try again, or elsewhere.',
  507: 'The artifact is sound and room is short. SageMaker unloads idle models and tries again.',
}

function renderErrors(): string {
  const rows = Object.entries(errors)
  const statuses = [...new Set(rows.map(([, { status }]) => status))].sort((a, b) => a - b)
  const sections = statuses.map(status => {
    const words = statusWords[status]
    if (!words) throw new Error(`Say in test/reference/pages.ts what status ${status} means.`)
    const cells = rows
      .filter(([, row]) => row.status === status)
      .map(([name, row]) => {
        // Each example is of its own row's type.
        const message = (row.message as (details: unknown) => string)(row.example)
        return [code(name), message]
      })
    return `## ${status}\n\n${words}\n\n${table(['Code', 'Message, for example'], cells)}\n`
  })
  return `${note}

# Errors

Every error is answered in one shape, whatever the path:

\`\`\`json
{"error": {"code": "MODEL_NOT_LOADED", "message": "Model \\"claims\\" is not loaded. Load it with POST /models, ..."}}
\`\`\`

A program goes by the status and the \`code\`; the message is for people, names the thing and says the next step. The same
object stands in a list of predictions in the place of one that failed. \`CONFIG_INVALID\`, \`PLUGIN_INVALID\`,
\`TRAIN_FAILED\` and \`EVALUATE_FAILED\` are said by the command line.

${sections.join('\n')}`
}

function renderConfiguration(): string {
  const rows = settingsTable.map(({ flag, placeholder, isRepeatable, variables, defaultText, description }) => [
    code(`--${flag}${placeholder ? ` ${placeholder}` : ''}`) + (isRepeatable ? ', repeatable' : ''),
    description,
    defaultText,
    variables.map(code).join(', '),
  ])
  return `${note}

# Configuration

A setting is given by a flag, an environment variable or a file. Flags go before variables, variables before the file, the
file before the default; of several variables, the first one named here. \`serve\` prints the budget of memory and where it
comes from. A wrong value ends the start with the name of the place that has it.

${table(['Flag', 'What', 'Default', 'Variables'], rows)}

Sizes (\`SIZE\`) are bytes, or a number with \`KB\`, \`MB\`, \`GB\` (thousands) or \`KiB\`, \`MiB\`, \`GiB\` (1,024s);
\`--memory-budget\` also takes a share of the memory, such as \`50%\`. Times are milliseconds.

## File

\`--config FILE\` or \`MODELHOST_CONFIG\` names a JSON file. Its keys are the flags in camelCase; relative paths start at the
file's folder.

\`\`\`json
{ "port": 8080, "memoryBudget": "4GB", "plugin": ["./plugins/sentiment"] }
\`\`\`

## Under SageMaker

- The variables that begin with \`SAGEMAKER_\` mean what they mean in SageMaker's own containers. \`SAGEMAKER_MULTI_MODEL\` or
  \`SAGEMAKER_BIND_TO_PORT\`, and \`MODELHOST_CONTAINER=true\`, which the image sets, let the host listen on all addresses.
- \`SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS\` counts seconds. \`SAGEMAKER_MODEL_SERVER_TIMEOUT\` is not used, as servers differ
  on its unit; the host warns of it.
- \`SAGEMAKER_MAX_PAYLOAD_IN_MB\` counts 1,048,576 bytes; 0 is no limit but that of one buffer (2 GiB).
- \`SAGEMAKER_CONTAINER_LOG_LEVEL\` takes the numbers of Python's logging (10 debug, 20 info, 30 warning, 40 error,
  50 critical) and their names.
`
}

export const pages: Readonly<Record<string, () => string>> = {
  'errors.md': renderErrors,
  'configuration.md': renderConfiguration,
}

/** The folder of the pages, seen from the compiled module. */
export const docsFolder = new URL('../../../docs/', import.meta.url)
