import { statusWords } from '../../../core/api/status-words.js'
import { errors } from '../../../core/errors.js'
import { code, excerpt, note, plain, table } from '../markdown.js'

const example =
  '{"error": {"code": "MODEL_NOT_LOADED", "message": "Model \\"claims\\" is not loaded. Load it with POST /models, ..."}}'

/** docs/errors.md: every code, by its status. */
export function renderErrors(): string {
  const rows = Object.entries(errors)
  const statuses = [...new Set(rows.map(([, { status }]) => status))].sort((a, b) => a - b)
  const sections = statuses.map(status => {
    const words = statusWords[status]
    if (!words) throw new Error(`Say in core/api/status-words.ts what status ${status} means.`)
    const cells = rows
      .filter(([, row]) => row.status === status)
      .map(([name, row]) => {
        // Each example is of its own row's type.
        const message = (row.message as (details: unknown) => string)(row.example)
        return [code(name), plain(message)]
      })
    return `## ${status}\n\n${words}\n\n${table(['Code', 'Message, for example'], cells)}\n`
  })
  return `${note}

# Errors

Every error is answered in one shape, whatever the path:

${excerpt('json', example)}

A program goes by the status and the \`code\`; the message is for people, names the thing and says the next step. The same
object stands in a list of predictions in the place of one that failed. Which path answers what:
[http-api.md](http-api.md). \`CONFIG_INVALID\`, \`PLUGIN_INVALID\`, \`TRAIN_FAILED\` and \`EVALUATE_FAILED\` are said by the
command line.

${sections.join('\n')}`
}
