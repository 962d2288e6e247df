import { createCodec } from './codec.js'
import { type ErrorAnswer, isErrorAnswer } from './encode.js'
import { describeError, type ErrorCode, errors, fail, HostError, isHostError } from './errors.js'
import { defaultsFiller } from './instances.js'
import { LaneAssets, loadModel } from './lane-artifact.js'
import { predictBatch } from './lane-predict.js'
import { type DescribedFiles, readLocalImage } from './local-image.js'
import type { AnyPlugin, Log, PredictContext } from './plugin.js'

/** A model in this thread, to be asked without a host. */
export interface LocalModel {
  /** What the plugin's `load` made. */
  readonly model: unknown
  /**
   * Answers as a host does: defaults filled in, the instance checked, `predictBatch` where the plugin has one.
   *
   * @throws HostError REQUEST_INVALID, or of an `{error}` that the plugin answers; whatever the plugin throws
   */
  predict(instance: unknown): Promise<unknown>
  unload(): Promise<void>
}

/**
 * Reads an artifact and loads its model.
 *
 * @throws HostError LOAD_FAILED, and whatever else is wrong with the artifact
 */
export async function openLocalModel(plugin: AnyPlugin, artifact: DescribedFiles, log: Log): Promise<LocalModel> {
  const model = await readModel(plugin, artifact, log)
  const { check } = createCodec(plugin, { maxBodyBytes: 0 })
  const fill = defaultsFiller(plugin.request)
  const context: PredictContext = {
    requestId: 'local',
    customAttributes: '',
    log,
    signal: new AbortController().signal,
  }
  return {
    model,
    async predict(given) {
      const instance = fill ? fill(given) : given
      const problem = check(instance)
      if (problem !== undefined) throw fail('REQUEST_INVALID', { problem })
      const answer = plugin.predictBatch
        ? (await predictBatch({ plugin, model }, [instance], context))[0]
        : await plugin.predict(model, instance, context)
      if (isErrorAnswer(answer)) throw remakeError(answer)
      return answer
    },
    async unload() {
      await plugin.unload?.(model)
    },
  }
}

/** A plugin may have codes of its own. */
function remakeError({ error: { code, message } }: ErrorAnswer): HostError {
  if (Object.hasOwn(errors, code)) return new HostError(code as ErrorCode, message)
  return new HostError('PREDICT_FAILED', `${code}: ${message}`)
}

async function readModel(plugin: AnyPlugin, artifact: DescribedFiles, log: Log): Promise<unknown> {
  try {
    return await loadModel(plugin, await readLocalImage(plugin, artifact, 1), 0, new LaneAssets(0), log)
  } catch (error) {
    if (isHostError(error)) throw error
    const details = { model: artifact.folder, plugin: plugin.name, problem: describeError(error) }
    throw fail('LOAD_FAILED', details, error)
  }
}
