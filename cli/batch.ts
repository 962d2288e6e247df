import { availableParallelism } from 'node:os'
import { artifactFolder, artifactHelp } from './artifact-target.js'
import type { BatchJob, BatchReport } from './batch/run.js'
import { describeBad } from './batch/tally.js'
import { defineCommand, UsageError } from './command.js'
import { runJob } from './job.js'
import { logLevel, logLevelOption, pluginOption, positiveInteger } from './options.js'
import { formatFigure, formatSeconds } from './text.js'
import { tokenFileOption } from './token.js'

export const batchCommand = defineCommand({
  name: 'batch',
  summary: 'ask a model for each row of a file',
  description: [
    'Asks a model for each row of a table or of JSON lines, and writes one line of JSON a row, in the same order.',
    'A row that cannot be answered has {"error": ...} in its place, and is counted. The exit code is 1 where the work as a whole cannot go on.',
    'Without --input and --output it is a filter, from stdin to stdout. What was killed goes on with --resume.',
    'The summary goes to stderr, or to stdout where the lines go to a file.',
  ].join('\n'),
  arguments: {
    'DIR|URL': { description: `${artifactHelp} Or http://host:port of a host, or the URL where a model predicts.` },
  },
  options: {
    model: { value: 'NAME', description: 'Name of the model on the host at URL.' },
    input: { value: 'FILE', description: 'Table with a header, or JSON lines; also as .gz (default: stdin).' },
    'input-format': {
      value: 'FORMAT',
      description: 'csv, tsv or jsonl (default: by the ending of FILE; of stdin jsonl).',
    },
    delimiter: { value: 'CHAR', description: 'What separates the cells of a table (default: a comma; of .tsv a tab).' },
    column: {
      value: 'NAME',
      repeat: true,
      description:
        'Column, or property of JSON lines, that is sent: NAME, or property=NAME where requests have several. May be repeated (default: those named as in requests; JSON lines as they are).',
    },
    keep: {
      value: 'NAMES',
      repeat: true,
      description: 'Columns that stand before the prediction in each line, separated by commas.',
    },
    output: { value: 'FILE', description: 'Where the lines go (default: stdout).' },
    resume: { description: 'Go on with the output of a run that was stopped.' },
    force: { description: 'Replace the output where there is one.' },
    strict: { description: 'Exit code 1 where a row was bad, after all rows.' },
    lanes: { value: 'N', description: 'Threads that predict, for an artifact (default: one a core).' },
    parallel: { value: 'N', description: 'Requests at once, for a URL (default: 8).' },
    'retry-seconds': {
      value: 'N',
      description: 'For how long a host at URL may be away or busy before it is given up (default: 120).',
    },
    'token-file': tokenFileOption,
    plugin: pluginOption,
    json: { description: 'Print the summary as JSON; needs --output.' },
    'log-level': logLevelOption,
  },
  examples: {
    'modelhost batch tagger:en --input tweets.csv --column text --keep id --output tagged.jsonl':
      'the tags of each text, with its id before them',
    'modelhost batch out/claims < pairs.jsonl > similarities.jsonl': 'as a filter: a line in, a line out',
    'modelhost batch out/claims --input pairs.csv --column text1=claim --column text2=other --output out.jsonl --resume':
      'columns of other names than those of requests; goes on where it was stopped',
    'modelhost batch http://127.0.0.1:8080 --model claims --input pairs.jsonl --output out.jsonl':
      'asks a host that runs, eight requests at once',
  },
  async run(given) {
    const job = readJob(given)
    const level = logLevel(given['log-level'], job.output === undefined ? 'warn' : 'info')
    const { runBatch } = await import('./batch/run.js')
    const report = await runJob(level, async tools => {
      const done = await runBatch(job, { ...tools, isDebug: level === 'debug' })
      if (done.output === undefined) tools.log[done.bad > 0 ? 'warn' : 'info']({}, describe(done))
      return done
    })
    if (given.json) process.stdout.write(`${JSON.stringify(report)}\n`)
    else if (report.output !== undefined) process.stdout.write(`${report.output}: ${describe(report)}\n`)
    if (given.strict && report.bad > 0) process.exitCode = 1
  },
})

interface Given {
  readonly 'DIR|URL': string
  readonly model: string | undefined
  readonly input: string | undefined
  readonly 'input-format': string | undefined
  readonly delimiter: string | undefined
  readonly column: readonly string[]
  readonly keep: readonly string[]
  readonly output: string | undefined
  readonly resume: boolean
  readonly force: boolean
  readonly lanes: string | undefined
  readonly parallel: string | undefined
  readonly 'retry-seconds': string | undefined
  readonly 'token-file': string | undefined
  readonly plugin: readonly string[]
  readonly json: boolean
}

/** @throws UsageError for what does not go together */
function readJob(given: Given): BatchJob {
  const { 'DIR|URL': target, model, input, output, resume, force } = given
  for (const name of ['model', 'input', 'output'] as const) {
    // As an unset variable of a shell gives it.
    if (given[name] === '') throw new UsageError(`--${name} is empty. Leave it out, or say what it is.`)
  }
  if (output === undefined) {
    const needy = (['resume', 'force', 'json'] as const).find(name => given[name])
    if (needy) throw new UsageError(`--${needy} needs a file: --output FILE.`)
  }
  if (resume && force) throw new UsageError('--resume goes on and --force begins anew. Give one of them.')
  const keep = given.keep.flatMap(names => names.split(',')).map(name => name.trim())
  const taken = keep.find((name, i) => name === '' || keep.indexOf(name) < i || ['prediction', 'error'].includes(name))
  if (taken !== undefined) {
    const problem = ['prediction', 'error'].includes(taken)
      ? 'is a name that each line has of itself'
      : 'is empty or given twice'
    throw new UsageError(`--keep: "${taken}" ${problem}.`)
  }
  const count = (name: 'lanes' | 'parallel' | 'retry-seconds', otherwise: number) =>
    given[name] === undefined ? otherwise : positiveInteger(`--${name}`, given[name])
  const isUrl = /^https?:\/\//.test(target)
  for (const name of isUrl ? (['lanes'] as const) : (['model', 'parallel', 'retry-seconds', 'token-file'] as const)) {
    if (given[name] === undefined) continue
    throw new UsageError(`--${name} is for ${isUrl ? 'an artifact, whose host is this process' : 'a host at a URL'}.`)
  }
  return {
    target: isUrl
      ? {
          url: urlOf(target, model),
          atOnce: count('parallel', 8),
          patienceMs: count('retry-seconds', 120) * 1000,
          tokenFile: given['token-file'],
        }
      : {
          folder: artifactFolder(target),
          lanes: count('lanes', Math.min(availableParallelism(), 256)),
          plugins: given.plugin,
        },
    input,
    format: given['input-format'],
    delimiter: given.delimiter,
    columns: given.column,
    keep: keep.length > 0 ? keep : undefined,
    output,
    resume,
    force,
  }
}

/** Where a model predicts: `--model` on the host, or the URL itself where it says more than the host. */
function urlOf(target: string, model: string | undefined): URL {
  if (!URL.canParse(target)) throw new UsageError(`${target} is no URL.`)
  const url = new URL(target)
  if (model !== undefined) {
    // What stands behind a question mark stays there.
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/models/${encodeURIComponent(model)}/invoke`
    return url
  }
  if (url.pathname !== '/') return url
  throw new UsageError('A URL needs the name of a model, --model NAME, or the path where one predicts.')
}

/** `5 rows in 2 s, 3 rows/s, 1 bad: REQUEST_INVALID 1 (row 4)` */
function describe({ rows, resumedRows, seconds, rowsPerSecond, bad, errors }: BatchReport): string {
  const before = resumedRows > 0 ? `, ${resumedRows} of them before` : ''
  const time = seconds < 10 ? `${seconds.toFixed(1)} s` : formatSeconds(seconds)
  return `${rows} ${rows === 1 ? 'row' : 'rows'} in ${time}${before}, ${formatFigure(rowsPerSecond)} rows/s, ${describeBad({ bad, errors })}`
}
