import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/**
 * Collects this thread's garbage, 5 to 20 ms. Shared memory is freed when the last thread has collected its handle;
 * it puts no pressure on the collector, so without this call a host that loads and unloads grows without end.
 *
 * @see nodejs/node issue 34703
 */
export function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
}
