import type { FastifyInstance, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyRequest {
    /** The `Content-Type` header as sent, malformed or not; the codec judges it. */
    sentContentType: string | undefined
  }
}

/** Bodies stay in their sockets until a route reads them; Fastify sees neither them nor their type. */
export const rawBodies = fastifyPlugin(async (app: FastifyInstance) => {
  app.decorateRequest('sentContentType', undefined)
  app.addHook('onRequest', (request: FastifyRequest, _reply, done) => {
    const { headers } = request.raw
    request.sentContentType = headers['content-type']
    // Not deleted: that would make a slow object of it.
    headers['content-type'] = undefined as unknown as string
    done()
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
})
