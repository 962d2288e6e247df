import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { anchorOf } from './markdown.js'
import { docsFolder } from './pages.js'

const root = fileURLToPath(new URL('..', docsFolder))

t.test('every link of a page to another, or to a heading, leads somewhere', async t => {
  const pages = await listPages()
  t.ok(pages.length > 25)
  let links = 0
  for (const page of pages) {
    for (const link of linksOf(await read(page))) {
      links++
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : relative(root, join(root, dirname(page), decodeURI(path)))
      const isThere = !target.startsWith('..') && existsSync(join(root, target))
      t.ok(isThere, `${page} links to ${link}`)
      if (isThere && anchor !== undefined && target.endsWith('.md'))
        t.ok(anchorsOf(await read(target)).has(anchor), `${page} links to ${link}`)
    }
  }
  t.ok(links > 100)
})

t.test('anchors are as GitHub makes them', async t => {
  t.equal(anchorOf('`POST /models/{name}/invoke`'), 'post-modelsnameinvoke')
  t.equal(anchorOf('What to choose, and why'), 'what-to-choose-and-why')
  t.same([...anchorsOf('# A b\n\n## A b\n\n### Ä_c')], ['a-b', 'a-b-1', 'ä_c'])
})

/** Those that people read first, and all below docs/. */
async function listPages(): Promise<string[]> {
  const below = await readdir(docsFolder, { recursive: true })
  const first = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md']
  return [...first, ...below.filter(path => path.endsWith('.md')).map(path => join('docs', path))]
}

/** A page without its blocks. */
const read = async (page: string) => (await readFile(join(root, page), 'utf8')).replaceAll(/^( *)```.*?^\1```$/gms, '')

/** Links of this project; others are not ours to keep. */
function linksOf(text: string): string[] {
  // A picture may stand where a link's words do.
  const inline = text
    .replaceAll(/`[^`\n]*`/g, '')
    .matchAll(/(?<!\\)\[(?:[^[\]]|\[[^\]]*\]\([^)]*\))*\]\(([^()\s]+)(?: "[^"]*")?\)/g)
  const named = text.matchAll(/^\[[^\]]+\]: (\S+)$/gm)
  return [...inline, ...named].map(([, link]) => link!).filter(link => !/^[a-z]+:/.test(link))
}

/** A heading that comes again has a number behind it. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = anchorOf(heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim())
    let unique = anchor
    for (let count = 1; anchors.has(unique); count++) unique = `${anchor}-${count}`
    anchors.add(unique)
  }
  return anchors
}
