import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Folders of what is made or fetched, not written. */
const others = /^(?:node_modules|dist|coverage|\..*)$/

/** All Markdown pages below a folder, as paths from there, in order. */
export async function listPages(root: string, folder = root): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const lists = entries.map(async entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return others.test(entry.name) ? [] : listPages(root, path)
    return entry.name.endsWith('.md') ? [relative(root, path)] : []
  })
  return (await Promise.all(lists)).flat().sort()
}
