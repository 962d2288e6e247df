/*
 * Loaded before what the runner loads into each test file's process: its record of the modules that a test loads, which
 * nothing here reads (coverage is c8's), takes a thread and 0.4 s of processor time for each file.
 */
import module from 'node:module'

const { register } = module
module.register = ((specifier: string | URL, ...rest: []) => {
  if (!String(specifier).includes('@tapjs/processinfo')) register(specifier, ...rest)
}) as typeof register
