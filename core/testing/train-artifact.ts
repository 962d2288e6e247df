import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { train } from '../train.js'
import { silent } from './local-lanes.js'
import { nearestPlugin } from './nearest-plugin.js'
import { type TestContext, whenOver } from './test-context.js'

export interface TrainArtifactOptions {
  /** Name of the plugin to train. */
  readonly plugin: string
  /** Folders or packages with further plugins. Default: the package in the working folder, where it is one. */
  readonly plugins?: readonly string[]
  /** Channel name -> path of its file or folder. */
  readonly channels: Readonly<Record<string, string>>
  readonly params?: Readonly<Record<string, unknown>>
  /** Threads that the training may use. Default: 1. */
  readonly threads?: number
}

/**
 * Trains a model as `modelhost train` does, into a folder that is gone with the test.
 *
 * @returns the folder of the artifact
 * @throws HostError PLUGIN_UNKNOWN, PLUGIN_INVALID, PARAMS_INVALID, TRAIN_FAILED, or what the plugin's `train` raised
 */
export async function trainArtifact(t: TestContext, options: TrainArtifactOptions): Promise<string> {
  const onEnd = whenOver(t)
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-test-'))
  onEnd(() => rm(folder, { recursive: true, force: true }))
  const own = options.plugins === undefined ? await nearestPlugin() : undefined
  return trainInto(join(folder, 'artifact'), own === undefined ? options : { ...options, plugins: [own] })
}

/** @returns the folder */
export async function trainInto(output: string, options: TrainArtifactOptions): Promise<string> {
  const { plugin, plugins = [], channels, params = {}, threads = 1 } = options
  const trained = await train({ plugin, plugins, channels, params, output, threads, log: silent })
  return trained.folder
}
