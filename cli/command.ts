import { Argument, Command, Option } from 'commander'

/** A command is a definition, like a plugin: its arguments are said once; their types and `--help` follow. */

interface ArgumentDefinition {
  readonly description: string
  readonly optional?: true
}

export interface OptionDefinition {
  /** What stands for the value in the help, `FILE` for one; a switch has none. */
  readonly value?: string
  /** May be given more than once. */
  readonly repeat?: true
  readonly required?: true
  readonly description: string
}

type Arguments = Readonly<Record<string, ArgumentDefinition>>
type Options = Readonly<Record<string, OptionDefinition>>

type ArgumentValues<A extends Arguments> = {
  readonly [K in keyof A]: A[K] extends { optional: true } ? string | undefined : string
}
type OptionValue<O extends OptionDefinition> = O extends { repeat: true }
  ? readonly string[]
  : O extends { value: string }
    ? O extends { required: true }
      ? string
      : string | undefined
    : boolean
type OptionValues<O extends Options> = { readonly [K in keyof O]: OptionValue<O[K]> }

export interface CommandDefinition<A extends Arguments, O extends Options> {
  readonly name: string
  readonly summary: string
  /** What it does and where its result goes, for `--help`. */
  readonly description: string
  readonly arguments: A
  /** Name of the flag without its dashes -> what it is. */
  readonly options: O
  /** What to type -> what that does. */
  readonly examples: Readonly<Record<string, string>>
  run(values: ArgumentValues<A> & OptionValues<O>): Promise<void>
}

/** What a person can mend; told as its message alone. */
export class CommandError extends Error {
  readonly exitCode: number = 1
}

export class UsageError extends CommandError {
  override readonly exitCode = 2
}

/** Makes commander's command of a definition; `run` gets each value under its own name. */
export function defineCommand<const A extends Arguments, const O extends Options>(
  definition: CommandDefinition<A, O>,
): Command {
  const command = new Command(definition.name).summary(definition.summary).description(definition.description)
  for (const [name, { description, optional }] of Object.entries(definition.arguments)) {
    command.addArgument(new Argument(optional ? `[${name}]` : `<${name}>`, description))
  }
  for (const [name, option] of Object.entries(definition.options)) command.addOption(makeOption(name, option))
  const examples = Object.entries(definition.examples).map(([typed, does]) => `  $ ${typed}\n      ${does}`)
  command.addHelpText('after', `\nExamples:\n${examples.join('\n')}`)
  command.action(async () => {
    const given = command.opts()
    const values: Record<string, unknown> = {}
    for (const [i, name] of Object.keys(definition.arguments).entries()) values[name] = command.args[i]
    for (const [name, { value, repeat }] of Object.entries(definition.options)) {
      values[name] = given[camelCase(name)] ?? (repeat ? [] : value ? undefined : false)
    }
    await definition.run(values as ArgumentValues<A> & OptionValues<O>)
  })
  return command
}

function makeOption(name: string, { value, repeat, required, description }: OptionDefinition): Option {
  const flag = value ? `--${name} <${value}>` : `--${name}`
  const option = new Option(flag, description)
  if (repeat) option.argParser((text: string, before: string[] = []) => [...before, text])
  return option.makeOptionMandatory(required === true)
}

/** `memoryBudget` of `memory-budget`. */
export const camelCase = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
