import jsonata from 'jsonata'

/** Runs a state machine of Amazon States Language as far as ours go: Map, Task, Choice, Pass, Succeed and Fail, in JSONata. */

// biome-ignore lint/suspicious/noExplicitAny: states and their data have any shape
type Data = any

interface State {
  readonly Type: string
  readonly Next?: string
  readonly [key: string]: Data
}

interface Machine {
  readonly StartAt: string
  readonly States: Readonly<Record<string, State>>
}

/** What a task answers: its result, or the error that it ends with. */
export type TaskRun = (resource: string, request: Data) => Promise<Data>

export class StateError extends Error {
  constructor(
    override readonly name: string,
    message: string,
  ) {
    super(message)
  }
}

/**
 * @returns the output of its last state
 * @throws StateError of a state that fails
 */
export async function runMachine({ StartAt, States }: Machine, input: Data, run: TaskRun): Promise<Data> {
  let name: string | undefined = StartAt
  let data = input
  while (name !== undefined) {
    const state: State = States[name]!
    const step: Step = await runState(state, data, run)
    data = step.output
    name = step.next ?? state.Next
    if (state.Type === 'Succeed' || state['End']) break
  }
  return data
}

interface Step {
  readonly output: Data
  readonly next?: string
}

async function runState(state: State, input: Data, run: TaskRun): Promise<Step> {
  switch (state.Type) {
    case 'Succeed':
      return { output: input }
    case 'Pass':
      return { output: await outputOf(state, { input }, input) }
    case 'Fail':
      throw new StateError(await evaluate(state['Error'], { input }), await evaluate(state['Cause'], { input }))
    case 'Choice':
      for (const { Condition, Next } of state['Choices'])
        if ((await evaluate(Condition, { input })) === true) return { output: input, next: Next }
      return { output: input, next: state['Default'] }
    case 'Map': {
      const items: Data = await evaluate(state['Items'], { input })
      if (!Array.isArray(items)) throw new StateError('States.QueryEvaluationError', 'Items is no list')
      const most = Number(await evaluate(state['MaxConcurrency'], { input }))
      return { output: await mapAll(items, most, item => runMachine(state['ItemProcessor'], item, run)) }
    }
    case 'Task':
      return runTask(state, input, run)
  }
  throw new Error(`a state of the type ${state.Type} is not known`)
}

async function runTask(state: State, input: Data, run: TaskRun): Promise<Step> {
  try {
    const result = await run(state['Resource'], await evaluate(state['Arguments'], { input }))
    return { output: await outputOf(state, { input, result }, result) }
  } catch (error) {
    if (!(error instanceof StateError)) throw error
    const { name, message } = error
    const caught = state['Catch'].find(({ ErrorEquals }: Data) =>
      ErrorEquals.some((each: string) => each === name || each === 'States.ALL'),
    )
    const errorOutput = { Error: name, Cause: message }
    return { output: await outputOf(caught, { input, errorOutput }, errorOutput), next: caught.Next }
  }
}

const outputOf = (state: Data, states: Data, otherwise: Data) =>
  'Output' in state ? evaluate(state.Output, states) : otherwise

/** Text in `{% %}` is an expression, at any depth; one that gives nothing is an error, as with Step Functions. */
async function evaluate(value: Data, states: Data): Promise<Data> {
  if (Array.isArray(value)) return Promise.all(value.map(each => evaluate(each, states)))
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(async ([key, below]) => [key, await evaluate(below, states)])
    return Object.fromEntries(await Promise.all(entries))
  }
  const [, source] = (typeof value === 'string' && /^\{%(.*)%\}$/s.exec(value)) || []
  if (source === undefined) return value
  const found = await jsonata(source).evaluate({}, { states })
  if (found === undefined) throw new StateError('States.QueryEvaluationError', `nothing comes of ${source}`)
  // Lists of JSONata have hidden properties.
  return JSON.parse(JSON.stringify(found))
}

async function mapAll(items: readonly Data[], most: number, each: (item: Data) => Promise<Data>): Promise<Data[]> {
  const results: Data[] = []
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const i = next++
      results[i] = await each(items[i])
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker))
  return results
}
