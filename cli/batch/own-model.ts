import { basename, resolve } from 'node:path'
import type { TSchema } from 'typebox'
import type { Host } from '../../core/host.js'
import type { Log } from '../../core/plugin.js'
import { CommandError } from '../command.js'
import { startOwnHost } from '../own-host.js'
import { type Answer, type Ask, Refused } from './ask-rows.js'
import { identifyArtifact } from './identity.js'

/** A model that rows are sent to. */
export interface AskedModel {
  readonly ask: Ask
  /** Requests that it takes at once. */
  readonly atOnce: number
  /** Of its requests; undefined where it is not known. */
  readonly schema: TSchema | undefined
  readonly mayFailTogether: boolean
  /** What answers, for who goes on later: it must be the same. */
  identify(): Promise<Readonly<Record<string, string>>>
  close(): Promise<void>
}

export interface OwnModelOptions {
  readonly lanes: number
  readonly plugins: readonly string[]
  readonly log: Log
}

const MiB = 2 ** 20
const linesType = 'application/jsonlines'
const head = { contentType: linesType, contentEncoding: undefined, accept: linesType, customAttributes: '' }
// What a row alone can cause; all else is no row's fault.
const refusals = ['BODY_TOO_LARGE', 'BODY_MALFORMED', 'PREDICT_FAILED', 'PREDICT_TIMEOUT', 'LANE_CRASHED']

/**
 * Loads an artifact into a host of this process. Its lanes are asked without a detour through HTTP.
 *
 * @throws HostError what is wrong with the artifact
 */
export async function loadOwnModel(folder: string, { lanes, plugins, log }: OwnModelOptions): Promise<AskedModel> {
  // Each lane has one request at work, and one that waits for it.
  const atOnce = 2 * lanes
  const settings = { lanes, queueLimit: atOnce, maxBodyBytes: 512 * MiB }
  const host = await startOwnHost({ plugins, log, settings })
  try {
    const modelName = basename(resolve(folder))
    const { plugin: name, pluginVersion: version } = await host.models.load(modelName, { folder: resolve(folder) })
    const { plugin } = host.catalog.get(name)!
    return {
      ask: body => askHost(host, modelName, body),
      atOnce,
      schema: plugin.request,
      mayFailTogether: plugin.predictBatch !== undefined,
      identify: async () => ({ plugin: name, version, ...(await identifyArtifact(folder)) }),
      close: () => host.close(),
    }
  } catch (error) {
    await host.close()
    throw error
  }
}

function askHost({ models }: Host, modelName: string, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    models.invoke(modelName, { requestId: 'batch', head, body }, (error, answer) => {
      if (answer)
        return resolve({
          body: Buffer.from(answer.body.buffer, answer.body.byteOffset, answer.body.byteLength),
          predictMs: answer.predictMs,
        })
      const { code, message } = error!
      reject(refusals.includes(code) ? new Refused({ code, message }) : new CommandError(message, { cause: error }))
    })
  })
}
