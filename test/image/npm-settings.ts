import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.js'

/**
 * How this machine's npm fetches packages, for an npm in an image: its cache, its settings, and whom it trusts.
 *
 * @param folder  for files
 * @returns the file of settings, and its folders and files: path in the image -> path here
 */
export async function npmSettings(folder: string): Promise<{ npmrc: string; volumes: Record<string, string> }> {
  const config = async (name: string) => (await run('npm', ['config', 'get', name])).trim()
  const given = await readFile(join(homedir(), '.npmrc'), 'utf8').catch(() => '')
  const lines = given.split('\n').filter(line => !/^\s*(cafile|cache|prefix)\s*=/.test(line))
  const volumes = { '/root/.npm': await config('cache') } as Record<string, string>
  const trusted = [await config('cafile'), process.env['NODE_EXTRA_CA_CERTS']].find(path => path && path !== 'null')
  if (trusted) {
    await copyFile(trusted, join(folder, 'trusted.pem'))
    volumes['/etc/npm-trusted.pem'] = join(folder, 'trusted.pem')
    lines.push('cafile=/etc/npm-trusted.pem')
  }
  const npmrc = join(folder, 'npmrc')
  await writeFile(npmrc, `${[...lines, 'prefer-offline=true', 'update-notifier=false'].join('\n')}\n`)
  return { npmrc, volumes }
}
