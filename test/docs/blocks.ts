/** What becomes of the blocks of a page when it is run: the convention of CONTRIBUTING.md, "Docs that run". */
import { checks } from './checks.js'
import { type Fence, parseFences } from './fences.js'

export const languages = ['sh', 'js', 'ts', 'python'] as const
export type Language = (typeof languages)[number]

export type Block = Fence & {
  readonly role: /** Shown alone, not run. */
    | 'excerpt'
    /** Written into the page's folder. */
    | 'file'
    /** Executed. */
    | 'example'
    /** All that the example directly above prints. */
    | 'output'
    /** Lines that examples above have printed, in their order. */
    | 'printed'
    /** Read by what would read it: a word behind its language says by what. */
    | 'checked'
}

const outputLanguages = ['', 'json', 'csv', 'text']

/** @throws Error that names the lines of the blocks of which nothing can be made, and says what to do */
export function readBlocks(page: string): Block[] {
  const blocks: Block[] = []
  const problems: string[] = []
  for (const fence of parseFences(page)) {
    const role = roleOf(fence, blocks.at(-1), text => problems.push(`line ${fence.line}: ${text}`))
    blocks.push({ ...fence, role })
  }
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return blocks
}

function roleOf(fence: Fence, above: Block | undefined, report: (problem: string) => void): Block['role'] {
  const problem = (text: string): 'excerpt' => {
    report(text)
    return 'excerpt'
  }
  const [word, ...more] = fence.words
  if (more.length > 0) return problem(`one word after the language will do, not "${fence.words.join(' ')}"`)
  if (fence.language === 'excerpt') return problem('write "text excerpt": the first word is the language')
  if (word === 'excerpt' || word === 'printed') return word
  if (word !== undefined && Object.hasOwn(checks, word)) return 'checked'
  if (word !== undefined) return problem(`"${word}" is none of excerpt, printed, ${Object.keys(checks).join(', ')}`)
  if (fence.file !== undefined) return 'file'
  if ((languages as readonly string[]).includes(fence.language)) return 'example'
  const isOutput = outputLanguages.includes(fence.language) && fence.isBelowBlock
  if (isOutput && above?.role === 'example') return 'output'
  if (isOutput && above?.role === 'excerpt') return problem('what an excerpt prints is one, too: mark it "excerpt"')
  const kind = fence.language === '' ? 'a block without a language' : `a block of ${fence.language}`
  return problem(
    `nobody runs ${kind} here. Put it directly below the example that prints it, name the file that it is in a line ` +
      '`name`: above it, mark it "printed" where an example above prints it among other lines, or mark it "excerpt".',
  )
}
