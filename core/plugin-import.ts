/** A plugin's module, imported on the main thread. */
import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { commonJsCure, describeFailure } from './plugin-failure.js'
import type { PluginPackage } from './plugin-package.js'
import { describePath } from './plugin-words.js'

export interface PluginModule {
  /** The real path. */
  readonly file: string
  readonly package: PluginPackage | undefined
}

interface Imported {
  readonly default?: unknown
}

type Outcome = { readonly exports: Imported } | { readonly error: unknown }

/** Modules that imports of CommonJS have left behind, by their real paths. */
const commonJsModules = createRequire(import.meta.url).cache

/** Modules that are being imported. */
const importing = new Set<string>()

/** The process ends without a word where one calls `process.exit`. */
function tellOfEnd(code: number): void {
  process.exitCode = 1
  const names = [...importing].map(file => describePath(file)).join(', ')
  const cause = 'it called process.exit, or threw where nobody catches'
  writeSync(
    2,
    `modelhost: Plugin ${names}: the process ended while its module was imported (exit code ${code}): ${cause}. Mend it there, or start without it.\n`,
  )
}

function watchEnd({ file, package: own }: PluginModule): () => void {
  // One that comes with the host is never the reason.
  if (own?.name === 'modelhost') return () => {}
  if (importing.size === 0) process.on('exit', tellOfEnd)
  importing.add(file)
  return () => {
    importing.delete(file)
    if (importing.size === 0) process.off('exit', tellOfEnd)
  }
}

/**
 * @param limitMs  time until it is given up; without a limit Node would wait for ever, or end without a word
 * @returns its default export, whatever that is
 * @throws Error whose message says what is wrong, and the cure
 */
export async function importModule(module: PluginModule, limitMs: number): Promise<unknown> {
  const isDone = watchEnd(module)
  const outcome = await settle(import(pathToFileURL(module.file).href), limitMs).finally(isDone)
  if (outcome === undefined) {
    const reason = 'an "await" at its top level waits for what does not come'
    throw new Error(`its module was not imported within ${limitMs / 1000} s: ${reason}. Move it into load or train.`)
  }
  if ('error' in outcome) {
    const { error } = outcome
    throw new Error(await describeFailure(error, module), { cause: error })
  }
  if (module.file in commonJsModules) throw new Error(`it is CommonJS. ${commonJsCure}`)
  return outcome.exports.default
}

/** @returns undefined when the time is over */
async function settle(imported: Promise<Imported>, limitMs: number): Promise<Outcome | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(resolve, limitMs, undefined)
  })
  const outcome: Promise<Outcome> = imported.then(
    exports => ({ exports }),
    error => ({ error }),
  )
  try {
    return await Promise.race([outcome, late])
  } finally {
    clearTimeout(timer)
  }
}
