#!/usr/bin/env node
import { existsSync } from 'node:fs'

/** The command. Checked in, so that it is there, and may be run, whatever happens to `dist`. */

const main = new URL('../dist/cli/main.js', import.meta.url)

if (existsSync(main)) {
  await import(main.href)
} else {
  process.stderr.write('modelhost: it is not compiled yet. In its folder, run npm run build first.\n')
  process.exitCode = 1
}
