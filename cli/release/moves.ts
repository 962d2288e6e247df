import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { packArtifact } from '../../core/pack.js'
import { modelsPrefix, type Plan } from '../workspace/plan/plan-type.js'
import { writeArchive } from './archive-file.js'
import type { Buckets } from './buckets.js'
import type { ArtifactCheck } from './check-artifact.js'
import { fetchObject, unpackObject } from './fetch-object.js'
import type { Move } from './release-models.js'

/** From the outputs of the training jobs to the models of the stage: checked, and packed so that the same files are the same bytes. */
export function movesFromTraining({ models }: Plan, buckets: Buckets, artifacts: ArtifactCheck): Move[] {
  return models.map(model => ({
    name: model.name,
    target: model.target,
    to: buckets.at(model.url),
    prepare: async (folder, signal) => {
      const unpacked = join(folder, 'unpacked')
      await mkdir(unpacked)
      await unpackObject(buckets.at(model.output), unpacked, buckets.settings, signal)
      signal.throwIfAborted()
      const examples = await artifacts.check(model, unpacked)
      const packed = await packArtifact(unpacked, artifacts.host.catalog)
      const content = packed.open()
      const stop = () => content.destroy(signal.reason)
      signal.addEventListener('abort', stop)
      const archive = await writeArchive(join(folder, 'model.tar.gz'), content).finally(() => {
        signal.removeEventListener('abort', stop)
      })
      // A release may have many models; packed they take less.
      await rm(unpacked, { recursive: true })
      return { archive, examples }
    },
  }))
}

/** From one stage to another, byte for byte: what was tested there is what runs here. */
export function movesBetweenStages({ models }: Plan, stage: string, bucket: string, buckets: Buckets): Move[] {
  return models.map(({ name, target, url }) => ({
    name,
    target,
    to: buckets.at(modelsPrefix(bucket, stage) + target),
    prepare: async (folder, signal) => ({
      archive: await fetchObject(buckets.at(url), join(folder, 'model.tar.gz'), signal),
    }),
  }))
}
