/** `npm run docs`: writes the pages that are made from the code. */
import { writeFile } from 'node:fs/promises'
import { docsFolder, pages } from './pages.js'

for (const [name, render] of Object.entries(pages)) {
  await writeFile(new URL(name, docsFolder), await render())
  console.log(`docs/${name}`)
}
