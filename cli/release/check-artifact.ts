import { type ArtifactDescription, describeArtifact, exampleHead, type Host } from '../../core/host.js'
import type { Log } from '../../core/plugin.js'
import { CommandError } from '../command.js'
import { askModel } from '../examples.js'
import { startOwnHost } from '../own-host.js'
import type { PlannedExample, PlannedModel } from '../workspace/plan/plan-type.js'

export interface ArtifactCheck {
  /**
   * Loads an artifact as a host does, and asks its examples and those of the plan once.
   *
   * @returns how many were asked
   * @throws HostError, CommandError: what is wrong with it
   */
  check(model: PlannedModel, folder: string): Promise<number>
  readonly host: Host
  close(): Promise<void>
}

/** A host in this process, into which one artifact after the other is loaded. */
export async function openArtifactCheck(plugins: readonly string[], log: Log): Promise<ArtifactCheck> {
  const ignore = () => {}
  const warn = (fields: object, message: string) => {
    // Others are the host's own; an example that fails is told as what is wrong.
    if ('lane' in fields && message !== 'example failed') log.warn(fields, message)
  }
  const host = await startOwnHost({ plugins, log: { debug: ignore, info: ignore, warn, error: ignore } })
  const check = async (model: PlannedModel, folder: string): Promise<number> => {
    const described = await describeArtifact(folder, host.catalog)
    if (described.plugin.name !== model.plugin) {
      const problem = `is one of ${described.plugin.name}; the plan says ${model.plugin}`
      throw new CommandError(`its artifact ${problem}.`)
    }
    await host.models.load(model.name, { folder })
    try {
      const examples = examplesOf(model, described)
      for (const [i, { body, contentType }] of examples.entries()) {
        const { error } = await askModel(host, model.name, Buffer.from(body), contentType)
        if (error) throw new CommandError(`example ${i + 1} of ${examples.length} fails: ${error.message}`)
      }
      return examples.length
    } finally {
      await host.models.unload(model.name)
    }
  }
  return { check, host, close: () => host.close() }
}

/** Its own, and what the plan has besides. */
function examplesOf({ examples }: PlannedModel, artifact: ArtifactDescription): PlannedExample[] {
  const own = artifact.examples.map(body => ({ body, contentType: exampleHead.contentType! }))
  const isOwn = ({ body, contentType }: PlannedExample) =>
    own.some(each => each.contentType === contentType && each.body === body)
  return [...own, ...examples.filter(each => !isOwn(each))]
}
