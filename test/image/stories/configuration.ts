import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { folder } from '../../helpers/artifacts.js'
import { runCli } from '../../helpers/run-cli.js'
import { type Running, serveImage } from '../host.js'
import { startImage } from '../process.js'
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
    const waste = ['-name *.map', '-name *.d.ts', '-path */dist/test', '-path */modelhost/docs', '-name .github']
    const either = waste.flatMap((test, i) => [...(i > 0 ? ['-o'] : []), ...test.split(' ')])
    t.equal(await run('find', [join(root, 'opt/modelhost/node_modules'), '(', ...either, ')']), '')
    t.match(await readFile(join(modules, 'modelhost', 'LICENSE'), 'utf8'), /Apache License/)
    t.match(await readFile(join(modules, 'fastify', 'LICENSE'), 'utf8'), /MIT|Permission/)
    t.match(await readFile(join(modules, 'tar', 'LICENSE.md'), 'utf8'), /Blue Oak/)
    t.match(await readFile(join(modules, 'abstract-logging', 'Readme.md'), 'utf8'), /MIT License/, 'its only mention')
    t.equal(await run('find', [join(root, 'root'), '-name', '.npm*']), '', "nothing of the builder's npm")
    if (ownBytes !== undefined) {
      t.comment(`${(ownBytes / 1e6).toFixed(1)} MB on top of the base, not compressed`)
      t.ok(ownBytes < 40e6, 'at most 40 MB')
    }
  })

  t.test('it makes the same workspace as the package', async t => {
    const [made, wanted] = [await folder(t), join(await folder(t), 'own')]
    const order = { args: ['init', '/made/own'], volumes: [{ from: made, to: '/made', isWritable: true }] }
    const { child, ended } = await startImage(t, image, isConfined, order)
    child.stdout.resume()
    child.stderr.resume()
    t.same(await ended, [0, null])
    t.equal((await runCli(['init', wanted])).code, 0)
    t.same(
      (await readdir(join(made, 'own'), { recursive: true })).sort(),
      (await readdir(wanted, { recursive: true })).sort(),
    )
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

  t.test('a command that handles no signal is ended by one, the first process or not', async t => {
    const silent = createServer().listen(0, '127.0.0.1')
    t.teardown(() => silent.close())
    await once(silent, 'listening')
    const asked = once(silent, 'request') as Promise<[IncomingMessage]>
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const order = {
      args: ['invoke', url, '/data/text.txt', '--model', 'm', '--type', 'text/plain'],
      volumes: [{ from: await folder(t, { 'text.txt': 'a' }), to: '/data' }],
    }
    const { child, pid, ended } = await startImage(t, image, isConfined, order)
    child.stdout.resume()
    child.stderr.resume()
    const [request] = await Promise.race([asked, ended.then(() => Promise.reject(new Error('It has ended.')))])
    process.kill(pid, 'SIGTERM')
    t.same(await ended, isConfined ? [143, null] : [null, 'SIGTERM'])
    request.destroy()
  })
}
