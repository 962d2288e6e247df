import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, readdir, readFile, stat, symlink, truncate, watch, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { runCli, startCli } from '../helpers/run-cli.js'
import { unpacked } from '../helpers/unpacking.js'

const plugin = ['--plugin', pluginPath('noop')]
const files = { 'in/x-params.json': '{"model_name": "Noop"}', 'in/labels.txt': 'one\ntwo\n' }
const tree = { 'x-params.json': files['in/x-params.json'], 'labels.txt': files['in/labels.txt'] }
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

t.test('pack writes an archive, and tells what is in it', async t => {
  const path = await folder(t, files)
  const output = join(path, 'claims.tar.gz')
  const shown = await runCli(['pack', join(path, 'in'), '--output', output, ...plugin])
  const archive = await readFile(output)
  t.same(await unpacked(t, archive), tree)
  t.match(shown, { code: 0, stderr: '' })
  t.match(shown.stdout, `${join(path, 'in')} (Noop) -> ${output}\n`)
  t.match(shown.stdout, /^ {2}file +bytes\n {2}labels\.txt +8\n {2}x-params\.json +22\n/m)
  t.match(shown.stdout, new RegExp(`${archive.length} bytes, sha256 ${sha256(archive)}\n$`))

  await chmod(output, 0o600)
  const again = await runCli(['pack', join(path, 'in'), '--output', output, '--json', ...plugin])
  t.same(JSON.parse(again.stdout), {
    folder: join(path, 'in'),
    plugin: 'Noop',
    output,
    bytes: archive.length,
    sha256: sha256(archive),
    files: [
      { name: 'labels.txt', bytes: 8 },
      { name: 'x-params.json', bytes: 22 },
    ],
  })
  t.ok((await readFile(output)).equals(archive))
  t.equal((await stat(output)).mode & 0o777, 0o600, 'its mode stays')
  t.same((await readdir(path)).sort(), ['claims.tar.gz', 'in'], 'and nothing else is there')
})

t.test('the archive goes to stdout where that is asked for, the rest to stderr', async t => {
  const path = await folder(t, files)
  const child = startCli('pack', join(path, 'in'), '--output', '-', '--json', ...plugin)
  const [archive, told] = await Promise.all([buffer(child.stdout), buffer(child.stderr)])
  t.same(await unpacked(t, archive), tree)
  t.match(JSON.parse(told.toString()), { output: null, sha256: sha256(archive), bytes: archive.length })
})

t.test('what cannot be packed leaves the output as it was', async t => {
  const path = await folder(t, { ...files, 'out.tar.gz': 'before' })
  const input = join(path, 'in')
  const output = join(path, 'out.tar.gz')
  const refused = async (args: string[], code: number, message: RegExp) => {
    const shown = await runCli(['pack', ...args, ...plugin])
    t.match(shown, { code, stdout: '' })
    t.match(shown.stderr, message)
    t.equal(await readFile(output, 'utf8'), 'before')
  }
  await symlink('in', join(path, 'other-way'))
  await Promise.all([
    refused([join(path, 'gone'), '--output', output], 1, /gone does not exist/),
    refused([join(input, 'labels.txt'), '--output', output], 1, /labels\.txt is not a folder/),
    refused([input, '--output', join(input, 'new.tar.gz')], 2, /new\.tar\.gz is in the folder that is packed/),
    refused([input, '--output', join(path, 'other-way', 'new')], 2, /is in the folder that is packed/),
    refused([input, '--output', join(input, 'labels.txt')], 2, /labels\.txt is what would be read/),
  ])
  await symlink(output, join(input, 'leads-out'))
  await Promise.all([
    refused([input, '--output', output], 2, /is what would be read/),
    refused([input, '--output', join(path, 'new')], 1, /leads-out cannot be read: it is a link that leads out/),
  ])
  await writeFile(join(input, 'x-params.json'), '{"model_name": "Nobody"}')
  await refused([input, '--output', join(path, 'new')], 1, /"Nobody", which no plugin provides/)
  t.same((await readdir(path)).sort(), ['in', 'other-way', 'out.tar.gz'])
})

t.test('a signal stops the packing, and nothing is left', async t => {
  const path = await folder(t, { ...files, 'in/x-model': '', 'out.tar.gz': 'before' })
  await truncate(join(path, 'in/x-model'), 8 * 2 ** 30)
  const changes = watch(path, { signal: AbortSignal.timeout(20_000) })
  const child = startCli('pack', join(path, 'in'), '--output', join(path, 'out.tar.gz'), ...plugin)
  const [told, ended] = [buffer(child.stderr), once(child, 'close')]
  for await (const { filename } of changes) if (filename?.startsWith('.out.tar.gz.')) break
  child.kill('SIGINT')
  t.same(await ended, [1, null])
  t.equal((await told).toString(), 'modelhost: stopped by SIGINT\n')
  t.same((await readdir(path)).sort(), ['in', 'out.tar.gz'])
  t.equal(await readFile(join(path, 'out.tar.gz'), 'utf8'), 'before')
})
