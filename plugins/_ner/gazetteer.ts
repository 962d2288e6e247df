import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Refuse } from '../_text/text-files.js'
import { allLines, type NamesByClass, ownListFile } from './own-lists.js'
import type { Recipe } from './recipes.js'

/** Lists of others, by our classes. */
export async function readOtherLists(data: string, { gazetteers }: Recipe, refuse: Refuse): Promise<NamesByClass> {
  const names = new Map<string, string[]>()
  for (const [file, classes] of Object.entries(gazetteers)) {
    for (const row of await allLines(join(data, file), refuse)) {
      const [name = '', className = ''] = row.split('\t')
      const ours = classes[className]
      if (ours === undefined) continue
      const own = names.get(ours) ?? []
      own.push(name)
      names.set(ours, own)
    }
  }
  return names
}

/** All names in one file, our own first. @returns its path, in `folder` */
export async function writeGazetteer(
  folder: string,
  { language, borrowed }: Recipe,
  others: NamesByClass,
  refuse: Refuse,
): Promise<string> {
  const rows = await allLines(ownListFile(language), refuse)
  if (borrowed) {
    const all = await allLines(ownListFile(borrowed.language), refuse)
    for (const row of all) if (borrowed.classes.includes(row.split('\t')[1]!)) rows.push(row)
  }
  for (const [className, names] of others) for (const name of names) rows.push(`${name}\t${className}`)
  const path = join(folder, `${language}.tsv`)
  await writeFile(path, `${rows.join('\n')}\n`)
  return path
}
