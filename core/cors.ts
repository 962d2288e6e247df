import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import { attributesHeader, timingHeader } from './routes/invoke.js'
import type { Settings } from './setting-table.js'

const preflightSeconds = 600

/** Lets pages of these origins call the host from a browser. Off unless there are some. */
export async function registerCors(app: FastifyInstance, { corsOrigins }: Settings): Promise<void> {
  if (corsOrigins.length === 0) return
  await app.register(cors, {
    origin: [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    exposedHeaders: ['x-request-id', 'retry-after', timingHeader, attributesHeader],
    maxAge: preflightSeconds,
    // Else its answer to another OPTIONS request would not be our JSON.
    strictPreflight: false,
  })
}
