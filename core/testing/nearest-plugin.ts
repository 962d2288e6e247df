import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

const keyword = 'modelhost-plugin'

/** @returns the folder of the nearest package.json, from the working folder upwards, where that package is a plugin */
export async function nearestPlugin(from = process.cwd()): Promise<string | undefined> {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined)
    if (text !== undefined) return isPlugin(text) ? folder : undefined
    if (folder === dirname(folder)) return undefined
  }
}

function isPlugin(manifest: string): boolean {
  try {
    const { keywords } = JSON.parse(manifest) as { keywords?: unknown }
    return Array.isArray(keywords) && keywords.includes(keyword)
  } catch {
    return false
  }
}
