import { copyFile, cp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { folder } from '../../helpers/artifacts.js'
import { runCli } from '../../helpers/run-cli.js'
import { serveImage } from '../host.js'
import type { Build, Image } from '../image.js'
import { fixture, projectFolder } from '../places.js'
import { run } from '../run.js'

/** The image of a new workspace that has a plugin of its own, from the Dockerfile that `modelhost init` writes. */
export async function buildWorkspace(t: Test, build: Build): Promise<Image> {
  const workspace = await makeWorkspace(t)
  await cp(fixture('patience'), join(workspace, 'plugins', 'patience'), { recursive: true })
  return build(join(workspace, 'Dockerfile'), workspace)
}

export function tellWorkspace(t: Test, building: Promise<Image>, isConfined: boolean, models: string): void {
  t.test("a new workspace makes an image of the package and the workspace's own plugins", async t => {
    const image = await building
    t.match(image.config, {
      entrypoint: ['modelhost'],
      command: ['serve'],
      labels: { 'com.amazonaws.sagemaker.capabilities.multi-models': 'true' },
    })
    const host = await serveImage(t, { image, isConfined }, { volumes: [{ from: models, to: '/opt/ml/trained' }] })
    t.match(await host.exec(image.config.health), { code: 0, stderr: '' })
    t.equal((await host.load('claims', '/opt/ml/trained/DocSim')).status, 200)
    t.equal((await host.invoke('claims', 'impfung,strom', { 'content-type': 'text/csv' })).status, 200)
    await host.load('patience', await host.place({ 'a-params.json': '{"model_name": "Patience"}' }))
    t.same(await (await host.invoke('patience', { ms: 3 })).json(), { waitedMs: 3 })
    t.match(await host.stop(), { code: 0 })
  })
}

/** As its README says, with the package of this project. */
async function makeWorkspace(t: Test): Promise<string> {
  const path = join(await folder(t), 'my-models')
  const { code, stderr } = await runCli(['init', path])
  if (code !== 0) throw new Error(stderr)
  const packed = await folder(t)
  await run('npm', ['pack', projectFolder, '--silent', '--ignore-scripts', '--pack-destination', packed])
  const [tarball] = await readdir(packed)
  await copyFile(join(packed, tarball!), join(path, 'vendor', tarball!))
  const quick = ['--package-lock-only', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']
  await run('npm', ['install', '--prefix', path, join(path, 'vendor', tarball!), ...quick])
  return path
}
