/** What runs the examples of each language. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Language } from './blocks.js'
import { root } from './page-folder.js'

const run = promisify(execFile)
/** What pages import that does not come with Python. All else that cannot be imported is a fault of the page. */
const pythonLibraries = ['boto3', 'numpy', 'safetensors', 'sklearn']

export interface Program {
  /** For a shell. */
  readonly script: string
  /** What this machine does not have for it. */
  readonly lacks?: string
}

/** @param cwd  where the example is run */
export async function programFor(language: Language, text: string, cwd: string): Promise<Program> {
  switch (language) {
    case 'sh':
      return { script: text, ...(await lackOf(/^aws /m.test(text), 'aws', ['--version'], 'there is no AWS CLI')) }
    case 'js':
      return { script: await written(cwd, '.example.mjs', text, `'${process.execPath}'`) }
    case 'ts': {
      const options = '--module nodenext --target es2023 --strict --skipLibCheck --types node'
      await writeFile(join(cwd, '.example.mts'), text)
      return {
        script: `'${join(root, 'node_modules/.bin/tsc')}' ${options} .example.mts\n'${process.execPath}' .example.mjs`,
      }
    }
    case 'python': {
      const python = process.env['PYTHON'] ?? 'python3'
      const needed = pythonLibraries.filter(name => new RegExp(`^(?:import|from) (?:.*, *)?${name}\\b`, 'm').test(text))
      const probe = needed.map(name => `import ${name}`).join('; ')
      return {
        script: await written(cwd, '.example.py', text, `'${python}'`),
        ...(await lackOf(
          true,
          python,
          ['-c', probe],
          `PYTHON may name an interpreter that has ${needed.join(', ') || 'Python 3'}`,
        )),
      }
    }
  }
}

/** The file is hidden, so that a page's `ls` does not show it. */
async function written(cwd: string, name: string, text: string, program: string): Promise<string> {
  await writeFile(join(cwd, name), text)
  return `${program} ${name}\n`
}

async function lackOf(isNeeded: boolean, program: string, args: string[], lacks: string): Promise<{ lacks?: string }> {
  if (!isNeeded) return {}
  return run(program, args).then(
    () => ({}),
    () => ({ lacks }),
  )
}
