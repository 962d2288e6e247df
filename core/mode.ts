/** What settings mean together. */
import { fail } from './errors.js'
import type { Mode, SettingName, Settings } from './setting-table.js'
import { checkTarget } from './store/target.js'

type Sources = Readonly<Record<string, string>>

/**
 * The mode, and what says so.
 *
 * @throws HostError CONFIG_INVALID where two modes are asked for
 */
export function readMode(settings: Settings, sources: Sources, env: NodeJS.ProcessEnv): { mode: Mode; source: string } {
  const { store, single } = settings
  const isMultiModel = env.SAGEMAKER_MULTI_MODEL === 'true'
  if (store !== undefined && single !== undefined) {
    throw invalid(sources.store, `and ${sources.single} exclude each other: serve a store, or one model.`)
  }
  if (store === undefined && single === undefined) {
    return { mode: 'platform', source: isMultiModel ? 'SAGEMAKER_MULTI_MODEL' : 'default' }
  }
  const name = store === undefined ? 'single' : 'store'
  const source = sources[name]!
  if (isMultiModel) {
    throw invalid(source, 'cannot be used where SAGEMAKER_MULTI_MODEL is true: there the platform says what is loaded.')
  }
  return { mode: name === 'store' ? 'standalone' : 'single', source }
}

/** @throws HostError CONFIG_INVALID, naming the first setting that does not go with the others */
export function checkTogether(settings: Settings, sources: Sources): void {
  const { drainDelayMs, drainTimeoutMs, heldBodyBytes, maxBodyBytes, mode, tokenFile, guardInvoke, tlsCert, tlsKey } =
    settings
  if (heldBodyBytes < maxBodyBytes) {
    const problem = `must be at least the bytes of one body (${maxBodyBytes}), but is ${heldBodyBytes}.`
    throw invalid(sources.heldBodyBytes, problem)
  }
  if (drainDelayMs > drainTimeoutMs) {
    const problem = `must be at most the time to drain in (${drainTimeoutMs} ms), but is ${drainDelayMs}.`
    throw invalid(sources.drainDelayMs, problem)
  }
  for (const name of ['preload', 'pin'] as const) {
    if (settings[name].length === 0) continue
    if (mode !== 'standalone')
      throw invalid(sources[name], 'names a target, but there is no store. Give one with --store.')
    for (const target of settings[name]) checkSetTarget(target, name, sources)
  }
  if (guardInvoke && tokenFile === undefined)
    throw invalid(sources.guardInvoke, 'needs tokens to ask for. Name their file with --token-file.')
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const [given, missing] = tlsCert ? ['tlsCert', '--tls-key'] : ['tlsKey', '--tls-cert']
    throw invalid(sources[given!], `is not enough for TLS. Give ${missing}, too.`)
  }
}

function checkSetTarget(target: string, name: SettingName, sources: Sources): void {
  try {
    checkTarget(target)
  } catch (error) {
    throw invalid(sources[name], (error as Error).message)
  }
}

const invalid = (setting: string | undefined, problem: string) =>
  fail('CONFIG_INVALID', { setting: setting ?? 'settings', problem })
