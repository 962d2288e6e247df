#!/usr/bin/env node
import { createInterface } from 'node:readline/promises'

/** `npm create modelhost my-sentiment` is `modelhost new plugin my-sentiment`; what follows the name goes along. */

const command = new URL('./cli/modelhost.js', import.meta.resolve('modelhost/package.json'))

/** Asks for the name, where somebody is there to answer; else whoever reads the message tells it. */
async function askName() {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    process.stderr.write('create-modelhost: the package has no name. Write: npm create modelhost my-sentiment\n')
    process.exit(2)
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const name = await terminal.question('Name of the new package (my-sentiment): ').catch(() => {
    // Ctrl-C and Ctrl-D.
    process.stderr.write('\nNothing was written.\n')
    process.exit(130)
  })
  terminal.close()
  return name.trim() || 'my-sentiment'
}

const given = process.argv.slice(2)
const args = given.length > 0 ? given : [await askName()]
process.argv.splice(2, Number.POSITIVE_INFINITY, 'new', 'plugin', ...args)
await import(command.href)
