import { createLog } from '../log.js'
import { startOwnHost } from '../own-host.js'
import { call, heading, json, say } from './call.js'

/** The part without a platform: a host over the folder of the artifacts, which loads what it is asked for. */

const pair = JSON.stringify({ text1: 'Strom aus Wind', text2: 'Windräder liefern Strom' })

export async function showStore(store: string): Promise<void> {
  heading('Without a platform: a host over the folder of both artifacts loads what it is asked for')
  const host = await startOwnHost({ plugins: [], log: createLog('warn'), store })
  try {
    await showStates(host.url)
    await call(host.url, '/invocations', { target: 'claims', type: json, body: pair })
    await call(host.url, '/invocations', { target: 'claims', type: json, body: pair })
    await showStates(host.url)
  } finally {
    await host.close()
  }
}

interface Page {
  readonly targets: readonly { readonly target: string; readonly state: string; readonly residentBytes: number }[]
}

async function showStates(url: string): Promise<void> {
  const { targets } = (await (await fetch(`${url}/store`)).json()) as Page
  for (const { target, state, residentBytes } of targets) {
    say(`   ${target.padEnd(10)}  ${state.padEnd(8)}  ${residentBytes} bytes`)
  }
}
