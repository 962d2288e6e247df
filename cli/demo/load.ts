import { describeArtifact, type Host } from '../../core/host.js'
import { askExamples, formatExamples } from '../examples.js'
import { call, json, say } from './call.js'

/** Loads an artifact, and shows what it answers to its own examples. */
export async function loadWithExamples(host: Host, modelName: string, artifact: string): Promise<void> {
  await call(host.url, '/models', { type: json, body: JSON.stringify({ model_name: modelName, url: artifact }) })
  const { examples } = await describeArtifact(artifact, host.catalog)
  const asked = await askExamples(host, modelName, examples)
  say(formatExamples(asked).trimEnd())
  if (asked.length === 0 || asked.some(({ error }) => error)) throw new Error('The model did not answer its examples.')
}
