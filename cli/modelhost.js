#!/usr/bin/env node
import { existsSync } from 'node:fs'

/** The command. Checked in, so that it is there, and may be run, whatever happens to `dist`. */

// The first process of a container is not ended by a signal that nobody handles, and no command handles them from here on.
if (process.pid === 1) {
  for (const [name, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
    process.on(name, () => process.listenerCount(name) === 1 && process.exit(128 + number))
  }
}

const main = new URL('../dist/cli/main.js', import.meta.url)

if (existsSync(main)) {
  await import(main.href)
} else {
  process.stderr.write('modelhost: it is not compiled yet. In its folder, run npm run build first.\n')
  process.exitCode = 1
}
