import { cp, mkdir, realpath, rename, rm, stat, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cacheFolder, nodePath, runFolder } from './places.js'
import { run } from './run.js'

/** The same Debian as that of the Dockerfile's base. */
const suite = 'bookworm'

/**
 * A root file system like that of the image `node:...-slim`: Debian's packages, and node and npm of this machine.
 *
 * @returns its folder; what debootstrap made is there again the next time
 */
export async function makeBase(): Promise<string> {
  const cache = await cacheFolder()
  const debian = join(cache, `debian-${suite}`)
  if (!(await isThere(debian))) {
    const making = await runFolder('making')
    await run('debootstrap', ['--variant=minbase', suite, making])
    for (const path of ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/locale', 'usr/share/man']) {
      await rm(join(making, path), { recursive: true, force: true })
    }
    // Its first owner is a folder for root alone.
    await run('chmod', ['755', making])
    // Somebody else may have been faster.
    await rename(making, debian).catch(() => rm(making, { recursive: true, force: true }))
  }
  await installNode(join(debian, 'usr', 'local'), { withNpm: true })
  return debian
}

/** Puts node, and npm, where the official image has them. */
export async function installNode(local: string, { withNpm }: { withNpm: boolean }): Promise<void> {
  await mkdir(join(local, 'bin'), { recursive: true })
  // Whole at each moment, for whoever builds at the same time.
  const copy = join(local, 'bin', `node-${process.pid}`)
  await cp(await realpath(nodePath), copy)
  await rename(copy, join(local, 'bin', 'node'))
  if (!withNpm || (await isThere(join(local, 'lib', 'node_modules', 'npm')))) return
  await mkdir(join(local, 'lib', 'node_modules'), { recursive: true })
  await cp(await findNpm(), join(local, 'lib', 'node_modules', 'npm'), { recursive: true })
  for (const name of ['npm', 'npx']) {
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name))
  }
}

/** The folder of this machine's npm. */
async function findNpm(): Promise<string> {
  const command = (await run('sh', ['-c', 'command -v npm'])).trim()
  return dirname(dirname(await realpath(command)))
}

export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
