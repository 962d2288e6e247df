/** Runs the examples of a page one after the other, as in one terminal. */
import type { Test } from 'tap'
import type { Block, Language } from './blocks.js'
import { lasting } from './lasting.js'
import { type Place, shownThere, typedHere } from './place.js'
import { programFor } from './programs.js'
import { freePort, splitAtServe, startServing } from './serving.js'
import { openTerminal, type Printed, type Terminal } from './terminal.js'

export interface Shown {
  /** As a page shows it, without what is another at each run. */
  readonly stdout: string
  readonly stderr: string
  /** What is wrong with it, or what this machine does not have for it. */
  readonly problem?: string
  readonly lacks?: string
}

/** @returns runs an example, above whose output it is */
export async function openExamples(t: Test, place: Place) {
  const terminal = await openTerminal(t, place.cwd, place.env)
  return async (example: Block, output: string): Promise<Shown> => {
    const text = example.language === 'sh' ? example.text : typedHere(place, example.text)
    const { script, lacks } = await programFor(example.language as Language, text, place.cwd)
    if (lacks !== undefined) return { stdout: '', stderr: '', lacks }
    // What the page shows of stderr says that it is to be compared, and an error that the command may fail.
    const isError = /^modelhost: /m.test(output)
    const { code, cwd, ...streams } = await execute(
      t,
      place,
      terminal,
      script,
      isError || /^\d\d:\d\d:\d\d /m.test(output),
    )
    place.cwd = cwd
    const [stdout, stderr] = [streams.stdout, streams.stderr].map(stream => lasting(shownThere(place, stream)))
    const problem = `exit code ${code}: ${stderr}\n${stdout}`
    return { stdout: stdout!, stderr: stderr!, ...(code === 0 || isError ? {} : { problem }) }
  }
}

/** A script, with the hosts that it starts. */
async function execute(t: Test, place: Place, terminal: Terminal, script: string, merge: boolean): Promise<Printed> {
  const steps = splitAtServe(script)
  if (!steps) {
    if (/modelhost serve .*&$/m.test(script)) place.address = `127.0.0.1:${await freePort()}`
    const [, port] = place.address.split(':')
    return terminal.run(typedHere(place, script).replaceAll('--port 8080', `--port ${port}`), merge)
  }
  const first = await terminal.run(typedHere(place, steps.before), merge)
  if (first.code !== 0) return first
  const host = await startServing(t, typedHere(place, steps.command), first.cwd, place.env)
  place.address = host.address
  await terminal.run(`export AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME=http://${host.address}`)
  const rest = await execute(t, place, terminal, steps.after, merge)
  return { ...rest, stdout: first.stdout + host.stdout + rest.stdout, stderr: first.stderr + rest.stderr }
}
