import { once } from 'node:events'
import { Agent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import type { Theme } from '../case.js'
import type { Container } from '../container.js'
import { Fault } from '../fault.js'
import { hold, openSocket } from '../sockets.js'
import { seconds } from '../wire.js'

const socketsAtOnce = 16
/** A connection that is not wanted is closed within that. */
const heldMs = 50

async function expectAccepted({ wire, limits }: Container): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: socketsAtOnce }, () => openSocket(wire.base, limits.acceptMs)))
  try {
    const came = await hold(sockets, heldMs)
    const sent = `${socketsAtOnce} connections at once`
    if (came !== undefined) throw new Fault(sent, `all of them open within ${seconds(limits.acceptMs)}`, came)
  } finally {
    for (const { socket } of sockets) socket?.destroy()
  }
}

/** Two requests, one after the other, over one connection where the server keeps it; any answer will do. */
async function sendTwo({ wire }: Container, path: string): Promise<void> {
  const options = { keepAlive: true, maxSockets: 1 }
  const agent = wire.base.protocol === 'https:' ? new SecureAgent(options) : new Agent(options)
  let closed: string | undefined
  try {
    const first = await wire.send({ method: 'GET', path, agent })
    // It is free one turn after the answer.
    await new Promise(resolve => setImmediate(resolve))
    const [socket] = Object.values(agent.freeSockets).flat()
    if (!first.isLast) {
      const cut =
        socket === undefined ||
        socket.destroyed ||
        (await Promise.race([once(socket, 'close'), wait(heldMs)])) !== undefined
      if (cut) closed = 'a connection that the server closes without saying so (Connection: close)'
      if (closed)
        throw new Fault(`${first.sent}, then nothing`, 'a connection that is kept, or Connection: close', closed)
    }
    await wire.send({ method: 'GET', path: '/ping', agent })
  } finally {
    agent.destroy()
  }
}

const wait = (ms: number) => new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), ms))

export const connections: Theme = {
  name: 'Connections',
  cases: [
    {
      id: 'connections-accepted',
      title: 'Connections are accepted within 250 ms, 16 at once.',
      level: 'must',
      why: 'The platform gives up a connection that is not accepted in that time.',
      source: 'your-algorithms-inference-code',
      needs: [],
      run: expectAccepted,
    },
    {
      id: 'connections-idle',
      title: 'GET /ping is answered within 2 s while 16 connections are open over which nothing comes.',
      level: 'should',
      why: 'Callers keep connections for later. A server in which each of them holds a thread or a process looks dead.',
      source: 'your-algorithms-inference-code; RFC 9112, 9.3',
      needs: [],
      run: async ({ wire, limits, ping }) => {
        const idle = await Promise.all(
          Array.from({ length: socketsAtOnce }, () => openSocket(wire.base, limits.acceptMs)),
        )
        try {
          await ping()
        } finally {
          for (const { socket } of idle) socket?.destroy()
          // So that the server knows that they are gone.
          await wait(heldMs)
        }
      },
    },
    {
      id: 'connections-while-loading',
      title: 'Connections are accepted within 250 ms while models are loaded.',
      level: 'must',
      why: 'The platform gives up a connection that is not accepted in that time. A server that is busy with loads still serves.',
      source: 'your-algorithms-inference-code',
      needs: ['model'],
      run: async container => {
        const loads = Array.from({ length: 3 }, () => container.load(container.newName()))
        let isLoading = true
        const done = Promise.allSettled(loads).then(() => {
          isLoading = false
        })
        try {
          do await expectAccepted(container)
          while (isLoading)
        } finally {
          await done
        }
      },
    },
    {
      id: 'keep-alive',
      title: 'A connection is kept for the next request, or the answer says that it is closed.',
      level: 'should',
      why: 'A request over a connection that was closed silently fails, and a POST is not repeated.',
      source: 'RFC 9112, 9.6',
      needs: [],
      run: async container => {
        await sendTwo(container, '/ping')
      },
    },
    {
      id: 'keep-alive-after-error',
      title: 'The same after an error.',
      level: 'should',
      why: 'A 404 is everyday: each cold model begins with one.',
      source: 'RFC 9112, 9.6; awslabs/multi-model-server util/NettyUtils',
      needs: [],
      run: async container => {
        await sendTwo(container, `/models/${container.newName()}`)
      },
    },
    {
      id: 'caller-gone',
      title: 'Callers who go away in the middle of a request harm nobody else.',
      level: 'should',
      why: 'Callers time out. A worker that waits for the rest of their request is lost to all.',
      source: 'pytorch/serve #1815',
      needs: [],
      run: async container => {
        const { wire, limits } = container
        const path = `${wire.base.pathname.replace(/\/$/, '')}/models`
        const half = `POST ${path} HTTP/1.1\r\nHost: ${wire.base.host}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"model_name": `
        for (let i = 0; i < socketsAtOnce; i++) {
          const { socket } = await openSocket(wire.base, limits.acceptMs)
          await new Promise<void>(resolve => (socket ? socket.write(half, () => resolve()) : resolve()))
          socket?.destroy()
        }
        // So that the server knows that they are gone.
        await wait(heldMs)
        await container.ping()
        await container.list()
      },
    },
  ],
}
