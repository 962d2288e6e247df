import { settingsTable } from '../../../core/config.js'
import { block, code, note, table } from '../markdown.js'

const file = '{ "port": 8080, "memoryBudget": "4GB", "plugin": ["./plugins/sentiment"] }'

/** docs/configuration.md: every setting. */
export function renderConfiguration(): string {
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

${block('json settings', file)}

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
