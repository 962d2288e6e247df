import { batch } from './batch.js'
import { churn } from './churn.js'
import { docsim } from './docsim.js'
import { keyphrases } from './keyphrases.js'
import { lda } from './lda.js'
import { loads } from './loads.js'
import { ner } from './ner.js'
import { noop } from './noop.js'
import { ping } from './ping.js'
import { search } from './search.js'
import { snowflake } from './snowflake.js'
import { store } from './store.js'
import { tagging } from './tagging.js'
import { training } from './training.js'
import { zipf } from './zipf.js'

/** `npm run bench [name [args]]`: medians, and ratios taken in one run. */
const benches: Record<string, (args: readonly string[]) => Promise<void>> = {
  noop,
  docsim,
  ping,
  loads,
  churn,
  training,
  lda,
  search,
  tagging,
  ner,
  keyphrases,
  zipf,
  store,
  batch,
  snowflake,
}

const [name, ...args] = process.argv.slice(2)
const chosen = name === undefined ? Object.keys(benches) : [name]
for (const one of chosen) {
  const bench = benches[one]
  if (!bench) {
    console.error(`There is no bench "${one}". Known: ${Object.keys(benches).join(', ')}.`)
    process.exit(2)
  }
  console.log(`\n${one}`)
  await bench(args)
}
