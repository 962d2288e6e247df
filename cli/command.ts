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
  /** All values of an option that may be repeated: those given, and what there is besides. */
  readonly all?: (given: readonly string[]) => Promise<readonly string[]>
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
  /** What `--help` says besides, when it is asked for with these arguments and options. */
  moreHelp?(values: Partial<ArgumentValues<A> & OptionValues<O>>): Promise<HelpSection | undefined>
  run(values: ArgumentValues<A> & OptionValues<O>): Promise<void>
}

export interface HelpSection {
  readonly heading: string
  /** Term -> what it is. */
  readonly items: Readonly<Record<string, string>>
}

/** What a person can mend; told as its message alone. */
export class CommandError extends Error {
  readonly exitCode: number = 1
}

export class UsageError extends CommandError {
  override readonly exitCode = 2
}

const helpFlags = ['-h', '--help']

/** Commander's, which writes its help at once: what takes time to say is looked up before. */
export class DefinedCommand extends Command {
  moreHelp: ((args: readonly string[]) => Promise<HelpSection | undefined>) | undefined
  readonly #sections: string[] = []

  constructor(
    /** What it was made of. */
    readonly definition: Omit<CommandDefinition<Arguments, Options>, 'run' | 'moreHelp'>,
    examples: string,
  ) {
    super(definition.name)
    this.addHelpText('after', () => ['', ...this.#sections, examples].join('\n'))
  }

  /** @param args  of this command, as typed */
  async prepareHelp(args: readonly string[]): Promise<void> {
    if (!args.some(arg => helpFlags.includes(arg))) return
    const section = await this.moreHelp?.(args.filter(arg => !helpFlags.includes(arg)))
    if (section) this.#sections.push(this.#format(section))
  }

  #format({ heading, items }: HelpSection): string {
    const helper = this.createHelp()
    helper.prepareContext({ helpWidth: process.stdout.columns ?? 80 })
    const width = Math.max(...Object.keys(items).map(term => term.length))
    const lines = Object.entries(items).map(([term, text]) => helper.formatItem(term, width, text, helper))
    return `${[heading, ...lines].join('\n')}\n`
  }
}

/** Makes commander's command of a definition; `run` gets each value under its own name. */
export function defineCommand<const A extends Arguments, const O extends Options>(
  definition: CommandDefinition<A, O>,
): DefinedCommand {
  const examples = Object.entries(definition.examples).map(([typed, does]) => `  $ ${typed}\n      ${does}`)
  const command = new DefinedCommand(definition, `Examples:\n${examples.join('\n')}`)
    .summary(definition.summary)
    .description(definition.description)
  for (const [name, { description, optional }] of Object.entries(definition.arguments)) {
    command.addArgument(new Argument(optional ? `[${name}]` : `<${name}>`, description))
  }
  for (const [name, option] of Object.entries(definition.options)) command.addOption(makeOption(name, option))
  const valuesOf = async (operands: readonly string[]) => {
    const given = command.opts()
    const values: Record<string, unknown> = {}
    for (const [i, name] of Object.keys(definition.arguments).entries()) values[name] = operands[i]
    for (const [name, { value, repeat }] of Object.entries(definition.options)) {
      values[name] = given[camelCase(name)] ?? (repeat ? [] : value ? undefined : false)
    }
    // A platform types nothing; what is to be done then has settings of its own.
    const isNothing = operands.length === 0 && Object.keys(given).length === 0
    for (const [name, { all }] of Object.entries<OptionDefinition>(definition.options)) {
      if (all && !isNothing) values[name] = await all(values[name] as string[])
    }
    return values as ArgumentValues<A> & OptionValues<O>
  }
  const { moreHelp } = definition
  if (moreHelp) command.moreHelp = async args => moreHelp(await valuesOf(command.parseOptions([...args]).operands))
  command.action(async () => definition.run(await valuesOf(command.args)))
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
