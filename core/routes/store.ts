import type { FastifyPluginAsync } from 'fastify'
import { described } from '../api/route.js'
import { listStore } from '../api/store.js'
import { errorBody } from '../http-errors.js'
import type { HostStore, RouteParts } from '../server.js'
import type { ListedTarget } from '../store/store.js'
import { readPageQuery, writeToken } from './paging.js'

/** `GET /store`: what could be loaded, in pages, and what the host has of it. */
export const storeRoutes: FastifyPluginAsync<RouteParts & { store: HostStore }> = async (app, { store }) => {
  app.get('/store', described(listStore), async request => {
    const { targets, next } = await store.source.list(readPageQuery(request.query, text => text))
    return {
      targets: targets.map(listed => describe(listed, store)),
      ...(next === undefined ? {} : { nextPageToken: writeToken(next) }),
    }
  })
}

function describe({ target, kind, fileBytes, modifiedAt }: ListedTarget, store: HostStore) {
  const { state, isPinned, residentBytes, lastUsedAt, error, retryAt } = store.stateOf(target)
  return {
    target,
    kind,
    state,
    fileBytes,
    residentBytes,
    lastUsedAt: lastUsedAt?.toISOString(),
    pinned: isPinned,
    modifiedAt,
    ...(error ? errorBody(error) : {}),
    retryAt: retryAt?.toISOString(),
  }
}
