/** Pieces of the pages that are made from the code. */

export const note = '<!-- Made by `npm run docs` from the code; a test compares. -->'

/** A table; a cell's bars and new lines do not break it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export const code = (text: string) => `\`${text}\``

/** Words without what Markdown would take for a tag, emphasis or a link. */
export const plain = (text: string) => text.replaceAll(/[<*[]/g, sign => `\\${sign}`)

/** @param info  the language of a block, and what becomes of it: see test/docs/blocks.ts */
export const block = (info: string, text: string) => `\`\`\`${info}\n${text.trimEnd()}\n\`\`\``

/** A block that is not run by itself: what it shows is computed, or said by the code. */
export const excerpt = (language: string, text: string) => block(`${language} excerpt`, text)

/** The anchor of a heading, as GitHub makes it. */
export const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-')
