import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { makeBase } from './base.js'
import type { Build, Image } from './image.js'
import { npmSettings } from './npm-settings.js'
import { runFolder } from './places.js'
import type { ImageConfig } from './recipe.js'
import { run, works } from './run.js'

/**
 * Builds Dockerfiles as an engine does, without one: by buildah, each RUN in a chroot, on a base made here. Its images are
 * gone with the test.
 */
export async function openBuildah(t: Pick<Test, 'teardown'>): Promise<Build> {
  const folder = await runFolder('images')
  const policy = join(folder, 'policy.json')
  await writeFile(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }))
  const signed = ['--signature-policy', policy]
  const env = { STORAGE_DRIVER: (await canOverlay(folder)) ? 'overlay' : 'vfs' }
  const places = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run')]
  const buildah = async (...args: string[]) => (await run('buildah', [...places, ...args], env)).trim()
  const { npmrc, volumes } = await npmSettings(folder)
  const npm = Object.entries(volumes).flatMap(([to, from]) => ['--volume', `${from}:${to}`])
  npm.push('--secret', `id=npmrc,src=${npmrc}`)
  let count = 0
  t.teardown(async () => {
    await buildah('rm', '--all')
    await rm(folder, { recursive: true, force: true })
  })

  const base = 'localhost/node:base'
  const container = await buildah('from', 'scratch')
  await run('cp', ['-a', `${await makeBase()}/.`, await buildah('mount', container)])
  await buildah('commit', ...signed, container, base)
  await buildah('rm', container)

  async function build(dockerfile: string, context: string, given: Readonly<Record<string, string>>): Promise<Image> {
    const name = `localhost/modelhost:${++count}`
    const args = Object.entries(given).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`])
    const how = ['--isolation', 'chroot', '--format', 'docker', ...signed, ...npm, ...args]
    await buildah('bud', ...how, '--tag', name, '--file', dockerfile, context)
    const container = await buildah('from', ...signed, name)
    const { config, ownBytes } = readInspected(await buildah('inspect', '--type', 'image', name))
    return {
      root: await buildah('mount', container),
      config,
      borrowed: {},
      ownBytes,
      derive: (file, folder) => build(file, folder, { MODELHOST_IMAGE: name }),
    }
  }

  return (dockerfile, context) => build(dockerfile, context, { NODE_IMAGE: base })
}

/** Otherwise each step would copy the whole base. */
async function canOverlay(folder: string): Promise<boolean> {
  const [lower, upper, work, merged] = await Promise.all(
    ['lower', 'upper', 'work', 'merged'].map(async name => {
      await mkdir(join(folder, name), { recursive: true })
      return join(folder, name)
    }),
  )
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
  return works('unshare', ['--mount', 'mount', '-t', 'overlay', 'overlay', '-o', options, merged!])
}

interface Inspected {
  readonly Manifest: string
  readonly Docker: {
    readonly config: {
      readonly Entrypoint?: string[]
      readonly Cmd?: string[]
      readonly Env?: string[]
      readonly Labels?: Record<string, string>
      readonly Healthcheck?: { readonly Test: string[] }
      readonly User?: string
      readonly ExposedPorts?: Record<string, object>
    }
  }
}

function readInspected(text: string): { config: ImageConfig; ownBytes: number } {
  const { Docker, Manifest } = JSON.parse(text) as Inspected
  const { Entrypoint, Cmd, Env, Labels, Healthcheck, User, ExposedPorts } = Docker.config
  const { layers } = JSON.parse(Manifest) as { layers: { size: number }[] }
  const env = (Env ?? []).map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])
  return {
    config: {
      entrypoint: Entrypoint ?? [],
      command: Cmd ?? [],
      env: Object.fromEntries(env),
      labels: Labels ?? {},
      // Behind "CMD", which says that it is no line for a shell.
      health: Healthcheck?.Test.slice(1) ?? [],
      user: User ?? '',
      ports: Object.keys(ExposedPorts ?? {}),
    },
    // The first layer is the base.
    ownBytes: layers.slice(1).reduce((sum, { size }) => sum + size, 0),
  }
}
