import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Running, serveImage } from '../host.js'
import { run } from '../run.js'

/** What an engine and SageMaker read of the image, and what its processes are. */
export function tellConfiguration(t: Test, running: Running): void {
  const { image, isConfined } = running
  const { root, config, ownBytes } = image

  t.test('the image says that it takes many models, and any port; it is started by a list, as root', async t => {
    t.match(config.labels, {
      'com.amazonaws.sagemaker.capabilities.multi-models': 'true',
      'com.amazonaws.sagemaker.capabilities.accept-bind-to-port': 'true',
      'org.opencontainers.image.licenses': 'Apache-2.0',
    })
    t.same(config.entrypoint, ['modelhost'])
    t.same(config.command, ['serve'])
    t.same(config.ports, ['8080/tcp'])
    t.equal(config.user, '', 'SageMaker asks for root')
    t.match(config.env, { NODE_ENV: 'production', MODELHOST_CONTAINER: 'true' })
    t.equal(config.health[0], 'node', 'no shell')
  })

  t.test('it holds the package once, what that needs, and nothing to build, test or document it', async t => {
    const modules = join(root, 'opt/modelhost/node_modules')
    const found = await run('find', [join(root, 'opt'), '-name', 'modelhost', '-path', '*/node_modules/*'])
    t.equal(found.trim(), join(modules, 'modelhost'))
    const names = await readdir(modules)
    for (const name of ['fastify', 'pino', 'piscina']) t.ok(names.includes(name), name)
    for (const name of ['typescript', 'tap', 'esbuild', '@biomejs', 'natural']) t.notOk(names.includes(name), name)
    const waste = ['(', '-name', '*.map', '-o', '-name', '*.d.ts', '-o', '-path', '*/dist/test', ')']
    t.equal(await run('find', [join(root, 'opt'), ...waste]), '')
    t.match(await readFile(join(modules, 'modelhost', 'LICENSE'), 'utf8'), /Apache License/)
    t.match(await readFile(join(modules, 'fastify', 'LICENSE'), 'utf8'), /MIT|Permission/)
    if (ownBytes !== undefined) {
      t.comment(`${(ownBytes / 1e6).toFixed(1)} MB on top of the base, not compressed`)
      t.ok(ownBytes < 40e6, 'at most 40 MB')
    }
  })

  t.test('nothing in it may be written', async t => {
    const writable = ['-not', '-type', 'l', '-perm', '/222']
    t.equal(await run('find', [join(root, 'opt/modelhost'), ...writable]), '')
  })

  t.test('node is the process that is started, and gets the signals', async t => {
    const host = await serveImage(t, running)
    const [program, script, command] = (await readFile(`/proc/${host.pid}/cmdline`, 'utf8')).split('\0')
    t.equal(program, 'node')
    t.match(script, /usr\/local\/bin\/modelhost$/)
    t.equal(command, 'serve')
    const status = await readFile(`/proc/${host.pid}/status`, 'utf8')
    if (isConfined) t.equal(/^NSpid:.*\t(\d+)$/m.exec(status)![1], '1', 'the first process of the image')
    t.match(await host.stop(), { code: 0, signal: null })
  })
}
