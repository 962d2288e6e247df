import { churn } from './churn.js'
import { docsim } from './docsim.js'
import { loads } from './loads.js'
import { noop } from './noop.js'
import { ping } from './ping.js'

/** `npm run bench [name]`: medians, and ratios taken in one run. */
const benches: Record<string, () => Promise<void>> = { noop, docsim, ping, loads, churn }

const [name] = process.argv.slice(2)
const chosen = name === undefined ? Object.keys(benches) : [name]
for (const one of chosen) {
  const bench = benches[one]
  if (!bench) {
    console.error(`There is no bench "${one}". Known: ${Object.keys(benches).join(', ')}.`)
    process.exit(2)
  }
  console.log(`\n${one}`)
  await bench()
}
