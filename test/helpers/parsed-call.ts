import type { Test } from 'tap'
import type { DefinedCommand } from '../../cli/command.js'
import { planCommand } from '../../cli/plan.js'
import { probeCommand } from '../../cli/probe.js'
import { publishCommand } from '../../cli/publish.js'

const commands: Readonly<Record<string, DefinedCommand>> = {
  plan: planCommand,
  probe: probeCommand,
  publish: publishCommand,
}

for (const command of Object.values(commands)) command.saveStateBeforeParse()

/** @returns what the command line makes of a call: its operands and options; what it does not know fails the test */
export function parsed(t: Test, [, name, ...args]: readonly string[]) {
  const command = commands[name!]!
  // What was parsed before would stay.
  command.restoreStateBeforeParse()
  const { operands, unknown } = command.parseOptions([...args])
  t.strictSame(unknown, [], `${name} knows ${args.join(' ')}`)
  const missing = command.options.filter(
    option => option.mandatory && command.getOptionValue(option.attributeName()) === undefined,
  )
  t.strictSame(missing, [])
  return { operands, options: { ...command.opts() } }
}
