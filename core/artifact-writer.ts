import { join } from 'node:path'
import { fail } from './errors.js'
import type { ArtifactWriter } from './plugin.js'
import { writeTensorFile } from './tensor-file.js'

/** Writes the files of a plugin's artifact into a folder. @throws HostError TRAIN_FAILED for a name that is none */
export const artifactWriter = (folder: string, plugin: string): ArtifactWriter => ({
  async write(name, content) {
    if (!/^\w[\w.-]*$/.test(name) || name === 'params.json') {
      const problem = `its train function wrote a file named "${name}". Use letters, digits, "_", "-" and "."; not params.json.`
      throw fail('TRAIN_FAILED', { plugin, problem })
    }
    await writeTensorFile(join(folder, `${plugin}-${name}`), content)
  },
})
