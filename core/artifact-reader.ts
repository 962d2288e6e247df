import {
  type ArtifactFileInfo,
  type FoundParams,
  findParamsFile,
  measureFiles,
  readParamsFile,
  type SearchBounds,
  type WantedFile,
} from './artifact-folder.js'
import { isHostError } from './errors.js'
import { fillImage, type LookedFile, lookAtFile, type PlannedFile } from './image.js'

/** What a folder says of itself, as read from disk. */
export interface ScannedArtifact {
  readonly found: FoundParams
  /** The params file. */
  readonly params: Uint8Array
  /** `<prefix>-model`, looked at in passing: nearly every plugin wants it, and it alone. */
  readonly model: LookedFile | undefined
}

/** All that is read from an artifact's folder; the work of the loader's thread. */
export const artifactReader = {
  scan(path: string, bounds?: SearchBounds): ScannedArtifact {
    const found = findParamsFile(path, bounds)
    return { found, params: readParamsFile(found), model: lookAtModel(found) }
  },
  measure: (wanted: readonly WantedFile[]): ArtifactFileInfo[] => measureFiles(wanted),
  look(files: readonly ArtifactFileInfo[]): LookedFile[] {
    return files.map(file => ({ ...file, look: file.look ?? lookAtFile(file, file.name === 'model') }))
  },
  fill: (buffer: SharedArrayBuffer, files: readonly PlannedFile[]): void => fillImage(buffer, files),
}

/** The same, wherever it runs. */
export type ArtifactReader = {
  readonly [K in keyof typeof artifactReader]: (
    ...args: Parameters<(typeof artifactReader)[K]>
  ) => ReturnType<(typeof artifactReader)[K]> | Promise<ReturnType<(typeof artifactReader)[K]>>
}

/** What is wrong with it is said when a plugin wants it. */
function lookAtModel({ folder, prefix, names, root }: FoundParams): LookedFile | undefined {
  const file = `${prefix}-model`
  if (!names.includes(file)) return undefined
  try {
    const model = { name: 'model', path: `${folder}/${file}`, ...(root === undefined ? {} : { root }) }
    return artifactReader.look(measureFiles([model]))[0]
  } catch (error) {
    if (isHostError(error)) return undefined
    throw error
  }
}
