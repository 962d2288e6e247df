import { Type } from 'typebox'
import { failures, pagingCodes, storeCodes } from './failures.js'
import { nextPageToken, pageQuery } from './models.js'
import { answers, type RouteDescription } from './route.js'

const time = (description: string) => Type.String({ format: 'date-time', description })

const target = Type.Object({
  target: Type.String({ description: 'Its path below the store.' }),
  kind: Type.Enum(['folder', 'archive']),
  state: Type.Enum(['unloaded', 'loading', 'ready', 'leaving', 'failed'], {
    description: '`failed`: its last load failed, and is not tried again before `retryAt`.',
  }),
  fileBytes: Type.Integer({ description: 'Of its files in the store.' }),
  residentBytes: Type.Integer({ description: 'What it takes of the memory budget now.' }),
  lastUsedAt: Type.Optional(time('Its last request, where it is loaded.')),
  pinned: Type.Boolean({ description: 'Is it never evicted?' }),
  modifiedAt: time('Of its files in the store.'),
  error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  retryAt: Type.Optional(time('When it is tried again.')),
})

export const listStore: RouteDescription = {
  operationId: 'listStore',
  summary: 'List what could be loaded',
  description:
    'Archives and folders, and what the host has of each. A page may be shorter than asked for and still have a next one.',
  tags: ['Store'],
  querystring: pageQuery,
  response: {
    200: answers('One page.', Type.Object({ targets: Type.Array(target), nextPageToken }), {
      page: {
        targets: [
          {
            target: 'claims',
            kind: 'folder',
            state: 'ready',
            fileBytes: 520,
            residentBytes: 6744,
            lastUsedAt: '2026-11-27T14:04:46.898Z',
            pinned: false,
            modifiedAt: '2026-11-27T14:04:45.713Z',
          },
        ],
        nextPageToken: 'YWZ0ZXIgbmV3cw',
      },
    }),
    ...failures([...pagingCodes, ...storeCodes]),
  },
}
