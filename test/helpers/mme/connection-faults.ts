import { setTimeout as wait } from 'node:timers/promises'
import type { PlantedFaults } from './fault.js'
import { readLoad } from './right.js'
import type { Handler, Routes } from './server.js'

const each = (right: Routes, change: (handler: Handler) => Handler): Partial<Routes> => ({
  ping: change(right.ping),
  list: change(right.list),
  get: change(right.get),
  unload: change(right.unload),
  other: change(right.other),
})

export const errorFaults: PlantedFaults = {
  'an unknown path is 200': {
    cases: ['path-unknown-404'],
    plant: right => ({
      other: call => (call.path.includes('no/such') ? { status: 200, body: {} } : right.other(call)),
    }),
  },
  'DELETE /models is 200': {
    cases: ['method-unknown-405'],
    plant: right => ({ other: call => (call.path === '/models' ? { status: 200, body: {} } : right.other(call)) }),
  },
  'errors are web pages, as by nginx': {
    cases: ['errors-are-json'],
    plant: right =>
      each(right, handler => async call => {
        const answer = await handler(call)
        const page = { body: '<html>Not Found</html>', headers: { 'Content-Type': 'text/html' } }
        return answer.status < 400 ? answer : { ...answer, ...page }
      }),
  },
}

export const connectionFaults: PlantedFaults = {
  'no more than eight connections are taken': {
    cases: ['connections-accepted', 'connections-while-loading'],
    also: ['connections-idle', 'ping-while-invoking', 'invoke-together', 'unload-under-calls'],
    plant: () => ({
      prepare: server => {
        server.maxConnections = 8
      },
    }),
  },
  'no more than eight connections are taken while a model is loaded': {
    cases: ['connections-while-loading'],
    plant: (right, { loading }) => ({
      load: async call => {
        const answer = right.load(call)
        const { name } = readLoad(call) ?? { name: '' }
        // Long enough for the case to meet it.
        loading.add(`of ${name}`)
        await wait(300)
        loading.delete(`of ${name}`)
        return answer
      },
      prepare: server => {
        let open = 0
        server.on('connection', socket => {
          open++
          socket.once('close', () => open--)
          if (loading.size > 0 && open > 8) socket.destroy()
        })
      },
    }),
  },
  'each open connection holds one of twelve threads': {
    cases: ['connections-idle'],
    plant: right => {
      let idle = 0
      return {
        ping: call => (idle > 12 ? { status: 0, instead: 'nothing' } : right.ping(call)),
        prepare: server => {
          server.on('connection', socket => {
            idle++
            const leave = () => idle--
            socket.once('close', leave)
            socket.once('data', () => socket.off('close', leave) && idle--)
          })
        },
      }
    },
  },
  'each answer is the last of its connection, silently': {
    cases: ['keep-alive', 'keep-alive-after-error'],
    plant: right => each(right, handler => async call => ({ ...(await handler(call)), isSilentlyLast: true })),
  },
  'each error is the last of its connection, silently': {
    cases: ['keep-alive-after-error'],
    plant: right =>
      each(right, handler => async call => {
        const answer = await handler(call)
        return { ...answer, isSilentlyLast: answer.status >= 400 }
      }),
  },
  'callers who go away leave the server waiting': {
    cases: ['caller-gone'],
    plant: right => {
      let isStuck = false
      return {
        ping: call => {
          if (!isStuck) return right.ping(call)
          isStuck = false
          return { status: 0, instead: 'nothing' }
        },
        prepare: server => {
          server.on('request', request => {
            request.on('error', () => {
              isStuck = true
            })
          })
        },
      }
    },
  },
}
