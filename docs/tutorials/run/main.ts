import { parseArgs } from 'node:util'

const usage = `Usage: npm run tutorial -- TWEETS.csv ENTITIES.jsonl OUT [--min-tweets N] [--rows N]

Answers the questions of docs/tutorials/trump-tweets.md with DuckDB: prints tables, and writes them to the folder OUT as
CSV and SVG.

  --min-tweets N  names in fewer tweets are left out (20; 3 suits the sample)
  --rows N        rows of a table to print (10); the CSV has all
`

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { 'min-tweets': { type: 'string' }, rows: { type: 'string', default: '10' }, help: { type: 'boolean' } },
    })
    if (values.help) return undefined
    const [tweets, entities, folder] = positionals
    const minTweets = values['min-tweets'] === undefined ? undefined : Number(values['min-tweets'])
    const rowLimit = Number(values.rows)
    const counts = [minTweets ?? 1, rowLimit]
    if (positionals.length !== 3 || counts.some(count => !Number.isSafeInteger(count) || count < 1)) return undefined
    return { tweets: tweets!, entities: entities!, folder: folder!, minTweets, rowLimit }
  } catch {
    return undefined
  }
}

// The reader of a pipe may leave early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const options = readArguments()
if (options === undefined) {
  process.stderr.write(usage)
  process.exitCode = 2
} else {
  try {
    // Imported here, so that a package without DuckDB and Vega can say so.
    const { runTutorial } = await import('./tutorial.js')
    await runTutorial({ ...options, print: text => process.stdout.write(text) })
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
    const advice = isMissing ? '\nInstall what the tutorial needs: npm install @duckdb/node-api vega vega-lite' : ''
    process.stderr.write(`${(error as Error).message}${advice}\n`)
    process.exitCode = 1
  }
}
