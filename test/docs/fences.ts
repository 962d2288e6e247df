/** Fenced blocks of a Markdown page, also those that are indented in a list or that stand in a longer fence. */

export interface Fence {
  /** Of its opening fence, from 1. */
  readonly line: number
  /** The first word behind the opening fence; empty where there is none. */
  readonly language: string
  /** The other words there. */
  readonly words: readonly string[]
  /** What a line `` `name/of/file`: `` above it says. */
  readonly file?: string
  /** Do only blank lines stand between the block above and this one? */
  readonly isBelowBlock: boolean
  /** Without the indentation of its opening fence, with the end of its last line. */
  readonly text: string
}

const opening = /^(\s*)(`{3,}|~{3,})\s*([^`]*)$/
const fileName = /^\s*`(\S+)`:\s*$/

/** @throws Error where a block is never closed */
export function parseFences(page: string): Fence[] {
  const lines = page.split('\n')
  const fences: Fence[] = []
  let above = ''
  let isBelowBlock = false
  for (let i = 0; i < lines.length; i++) {
    const [, indent, mark, info] = opening.exec(lines[i]!) ?? []
    if (mark === undefined) {
      if (lines[i]!.trim() === '') continue
      above = lines[i]!
      isBelowBlock = false
      continue
    }
    const end = lines.findIndex((line, at) => at > i && isClosing(line, mark))
    if (end < 0) throw new Error(`line ${i + 1}: the block is never closed`)
    const [language = '', ...words] = info!.split(/\s+/).filter(Boolean)
    const file = isBelowBlock ? undefined : fileName.exec(above)?.[1]
    const text = lines.slice(i + 1, end).map(line => `${withoutIndent(line, indent!.length)}\n`)
    const named = file === undefined ? {} : { file }
    fences.push({ line: i + 1, language, words, ...named, isBelowBlock, text: text.join('') })
    isBelowBlock = true
    i = end
  }
  return fences
}

const isClosing = (line: string, mark: string) => {
  const text = line.trim()
  return text.length >= mark.length && text === mark[0]!.repeat(text.length)
}

const withoutIndent = (line: string, width: number) =>
  line.slice(Math.min(width, line.length - line.trimStart().length))
