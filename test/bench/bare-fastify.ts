import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'

const app = Fastify({ bodyLimit: 64 << 20 })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.post('/models/:name/invoke', async (request, reply) => {
  reply.header('content-type', 'application/json')
  return reply.send(String((request.body as Buffer).length))
})
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`listening on http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
process.once('SIGTERM', () => process.exit(0))
