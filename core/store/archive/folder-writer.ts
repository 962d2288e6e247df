import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { describeValue } from '../../words.js'
import { entryProblem } from './archive-problem.js'
import { pathKey } from './entry-path.js'

/** Writes new files and folders below a folder, each path once. */
export class FolderWriter {
  /** Key of a path -> what is there. */
  readonly #known = new Map<string, { readonly path: string; readonly isFolder: boolean }>()

  /**
   * @param folder       empty
   * @param onNewFolder  called before a folder is made
   */
  constructor(
    private readonly folder: string,
    private readonly onNewFolder: () => void,
  ) {}

  /** @throws ArchiveProblem where another file or folder has the path, or one that some systems take for it */
  async addFolder(parts: readonly string[]): Promise<void> {
    for (let depth = 1; depth <= parts.length; depth++) {
      const part = parts.slice(0, depth)
      if (!this.#claim(part, true)) continue
      await mkdir(join(this.folder, ...part), { mode: 0o755 })
    }
  }

  /** @throws ArchiveProblem like `addFolder`; whatever `content` throws */
  async addFile(parts: readonly string[], content: AsyncIterable<Uint8Array>): Promise<void> {
    await this.addFolder(parts.slice(0, -1))
    this.#claim(parts, false)
    // Never what is there already, whatever the system takes the name for.
    const file = await open(join(this.folder, ...parts), 'wx', 0o644).catch(error => {
      throw error.code === 'EEXIST'
        ? entryProblem(parts.join('/'), 'has a path that this system takes for another')
        : error
    })
    try {
      for await (const piece of content) {
        for (let done = 0; done < piece.length; ) done += (await file.write(piece, done)).bytesWritten
      }
    } finally {
      await file.close()
    }
  }

  /** @returns whether it is new */
  #claim(parts: readonly string[], isFolder: boolean): boolean {
    const path = parts.join('/')
    const key = pathKey(parts)
    const known = this.#known.get(key)
    if (!known) {
      if (isFolder) this.onNewFolder()
      this.#known.set(key, { path, isFolder })
      return true
    }
    if (known.path !== path)
      throw entryProblem(path, `has a path that some systems take for ${describeValue(known.path)}`)
    if (known.isFolder !== isFolder) throw entryProblem(path, 'is there both as a file and as a folder')
    if (!isFolder) throw entryProblem(path, 'is there twice')
    return false
  }
}
