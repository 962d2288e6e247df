/** All commands, in the order of `--help`. */
import { batchCommand } from './batch.js'
import { checkCommand } from './check.js'
import type { DefinedCommand } from './command.js'
import { evaluateCommand } from './evaluate.js'
import { importCommand } from './import.js'
import { initCommand } from './init.js'
import { inspectCommand } from './inspect.js'
import { invokeCommand } from './invoke.js'
import { newCommand } from './new.js'
import { packCommand } from './pack.js'
import { planCommand } from './plan.js'
import { pluginsCommand } from './plugins.js'
import { probeCommand } from './probe.js'
import { publishCommand } from './publish.js'
import { pushCommand } from './push.js'
import { serveCommand } from './serve.js'
import { trainCommand } from './train.js'

export const commands: readonly DefinedCommand[] = [
  serveCommand,
  trainCommand,
  evaluateCommand,
  invokeCommand,
  batchCommand,
  inspectCommand,
  packCommand,
  pushCommand,
  importCommand,
  newCommand,
  pluginsCommand,
  checkCommand,
  initCommand,
  planCommand,
  publishCommand,
  probeCommand,
]
