import { parentPort } from 'node:worker_threads'
import { describeError, fail, isHostError } from '../errors.js'
import { joinRows } from './join.js'
import { buffersOf } from './pages.js'
import type { FromRowsThread, RowsCall } from './rows-thread.js'
import { splitRows } from './split.js'

/** The thread that parses batches whose rows name their models: in lanes, there is one model to a request. */
const post = (message: FromRowsThread, handedOver: ArrayBuffer[] = []) => parentPort!.postMessage(message, handedOver)

parentPort!.on('message', (call: RowsCall) => {
  const { id } = call
  try {
    if ('split' in call) {
      const value = splitRows(call.split)
      const { models, bodies, plan } = value
      const handedOver = [...buffersOf(models), ...buffersOf(bodies), plan.groupOf.buffer, plan.numbers.buffer]
      post({ id, ok: true, value }, handedOver)
    } else {
      const value = joinRows(call.join)
      post({ id, ok: true, value }, value.byteLength === value.buffer.byteLength ? [value.buffer] : [])
    }
  } catch (error) {
    const { code, message } = isHostError(error) ? error : fail('INTERNAL', { problem: describeError(error) }, error)
    post({ id, ok: false, code, message })
  }
})
