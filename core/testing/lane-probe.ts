import { getHeapStatistics } from 'node:v8'
import { BroadcastChannel, threadId } from 'node:worker_threads'
import { collectGarbage } from '../garbage.js'
import { definePlugin, Type } from '../index.js'

/** A plugin that tells how its lane is, and keeps it busy: `testPlugin` has one in each lane. */
export default definePlugin({
  name: 'ModelhostLaneProbe',
  summary: 'Tells the heap of its lane, or keeps the lane busy.',
  version: '1.0.0',
  params: Type.Object({ channel: Type.String({ description: 'Over which a lane is held and let go.' }) }),
  request: Type.Object({ hold: Type.Boolean({ default: false, description: 'Keep the lane until it is let go.' }) }),
  response: Type.Object({
    thread: Type.Integer({ description: 'Which lane this is.' }),
    heapBytes: Type.Integer({ description: 'What is reachable in it.' }),
  }),
  hasModelFile: false,

  load: ({ params }) => params,
  async predict({ channel }, { hold }) {
    if (hold) await held(channel)
    collectGarbage()
    const { used_heap_size, external_memory } = getHeapStatistics()
    return { thread: threadId, heapBytes: used_heap_size + external_memory }
  },
})

async function held(name: string): Promise<void> {
  const channel = new BroadcastChannel(name)
  try {
    await new Promise<void>(resolve => {
      channel.onmessage = event => {
        if ((event as { data: unknown }).data === 'go') resolve()
      }
      channel.postMessage('held')
    })
  } finally {
    channel.close()
  }
}
