import type { Settings } from '../core/setting-table.js'

type Given = Pick<Settings, 'mode' | 'preload' | 'pin' | 'guardInvoke'>

/**
 * A command that asks a host for a prediction, to be copied into a shell; undefined where a platform has to load a model
 * first.
 */
export function firstRequest({ mode, preload, pin, guardInvoke }: Given, url: string): string | undefined {
  if (mode === 'platform') return undefined
  const target = preload[0] ?? pin[0] ?? 'TARGET'
  const headers = [
    ...(mode === 'standalone' ? [`X-Amzn-SageMaker-Target-Model: ${target}`] : []),
    ...(guardInvoke ? ['Authorization: Bearer TOKEN'] : []),
    'Content-Type: text/plain',
  ]
  return [
    'curl',
    `${url}/endpoints/local/invocations`,
    ...headers.map(each => `-H ${quote(each)}`),
    "-d 'a text'",
  ].join(' ')
}

/** For a shell of Unix. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
