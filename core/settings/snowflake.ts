/** Settings of the routes that Snowflake's external functions call. */
import { Type } from 'typebox'
import { bytes, MiB, milliseconds, plain, type Setting } from './kinds.js'

const size = (standard: number, minimum: number, description: string) =>
  Type.Integer({ minimum, maximum: 2 ** 31 - 1, default: standard, description })

export const snowflakeRows = {
  snowflakeBatchBytes: bytes(
    size(10_000_000, 1000, 'Size of one batch of rows from Snowflake, unpacked, and of its answer.'),
    { flag: 'snowflake-batch-bytes' },
  ),
  snowflakeCacheBytes: bytes(size(64 * MiB, 0, 'Answers to batches, kept for those that Snowflake sends again.'), {
    flag: 'snowflake-cache-bytes',
  }),
  snowflakeCacheMs: plain(milliseconds(600_000, 'Time that such an answer is kept.'), {
    flag: 'snowflake-cache-ms',
    placeholder: 'MS',
  }),
  snowflakeModelsAtOnce: plain(
    Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 16,
      description: 'Models that one batch asks at the same time where its rows name theirs.',
    }),
    { flag: 'snowflake-models-at-once', placeholder: 'COUNT' },
  ),
  snowflakeDigest: plain(Type.Boolean({ default: false, description: 'Answers to batches say their Content-MD5.' }), {
    flag: 'snowflake-digest',
  }),
  snowflakeAsync: plain(
    Type.Boolean({
      default: false,
      description:
        'A batch that takes long is answered with 202, and Snowflake asks for its answer. It is lost with the process.',
    }),
    { flag: 'snowflake-async' },
  ),
  snowflakeAsyncAfterMs: plain(milliseconds(20_000, 'Time after which a batch takes long.'), {
    flag: 'snowflake-async-after-ms',
    placeholder: 'MS',
  }),
  snowflakeResultBytes: bytes(
    size(
      256 * MiB,
      1,
      'Answers that Snowflake has yet to ask for; where they have no room, a batch is not answered with 202.',
    ),
    { flag: 'snowflake-result-bytes' },
  ),
} as const satisfies Record<string, Setting>
