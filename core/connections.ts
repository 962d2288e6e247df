/** What is known of each connection, and how its last answer says that it is the last. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { HostParts } from './server.js'

/** The newest request of a connection. On the socket itself: a map would cost each request more. */
const newest = Symbol('newest request')

interface Connection extends Socket {
  [newest]?: IncomingMessage
}

/** The newest request whose head has arrived over a connection. */
export const newestRequest = (socket: Socket): IncomingMessage | undefined => (socket as Connection)[newest]

/**
 * While the host drains, each answer is the last of its connection, and says so.
 *
 *   - Where a client has sent several requests without waiting, the answer to the newest says it: those before it are still
 *     to be written, or are written, when the connection is closed.
 *   - What is left of a request's body is read first. To close a connection with unread bytes is to reset it, and a reset may
 *     overtake the answer.
 */
export function sayClose(app: FastifyInstance, { isDraining, open }: Pick<HostParts, 'isDraining' | 'open'>): void {
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    const connection: Connection = raw.socket
    connection[newest] = raw
    done()
  })
  app.addHook('onSend', ({ raw }, reply, _payload, done) => {
    if (!isDraining() || newestRequest(raw.socket) !== raw) return done()
    reply.header('connection', 'close')
    if (raw.complete || raw.readableEnded || raw.destroyed) return done()
    const whenRead = () => {
      raw.off('end', whenRead).off('close', whenRead)
      open.delete(whenRead)
      done()
    }
    // When the time to drain is over, an answer that may be lost is better than none.
    open.add(whenRead)
    raw.once('end', whenRead).once('close', whenRead).resume()
  })
}
