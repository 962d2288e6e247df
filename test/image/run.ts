import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Runs a program, and tells all it said where it fails. */
export async function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  try {
    const { stdout } = await execute(program, [...args], { env: { ...plainEnv(), ...env }, maxBuffer: 1 << 28 })
    return stdout
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string }
    const said = `${stdout}\n${stderr}`.split('\n').slice(-60).join('\n')
    throw new Error(`${program} ${args.slice(0, 6).join(' ')} ... ended with ${code}:\n${said}`, { cause: error })
  }
}

/** Does it end well? */
export async function works(program: string, args: readonly string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  )
}

/** Of this process, without what tap and npm add for theirs. */
function plainEnv(): NodeJS.ProcessEnv {
  const isOthers = (name: string) => name === 'NODE_OPTIONS' || name.startsWith('npm_') || name.startsWith('TAP')
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOthers(name)))
}
