import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { digestTree } from '../../core/digest.js'
import { folder } from '../helpers/artifacts.js'

/** What tells the data of a training from others. */

const files = { 'a.txt': 'one', 'b/c.txt': 'two', 'b/d/e.txt': 'three' }

async function digest(t: Test, content: Record<string, string>, links: Record<string, string> = {}) {
  const path = await folder(t, content)
  for (const [name, target] of Object.entries(links)) await symlink(target, join(path, name))
  return digestTree(path)
}

t.test('a folder is the names and content of all its files, wherever it lies', async t => {
  const same = await digest(t, files)
  t.match(same, /^[0-9a-f]{64}$/)
  t.equal(await digest(t, { ...files, '.DS_Store': 'x', 'b/.git/HEAD': 'x' }), same)
  const others = [
    { ...files, 'b/c.txt': 'four' },
    { ...files, 'b/f.txt': '' },
    { 'a.txt': 'one', 'b/c.txt': 'two' },
  ]
  for (const other of others) t.not(await digest(t, other), same)
  t.not(await digest(t, { 'b/a.txt': 'one' }), await digest(t, { 'a.txt': 'one' }), 'a folder is part of the name')
})

t.test('a link is what it leads to', async t => {
  const path = await folder(t, files)
  t.equal(await digest(t, { 'a.txt': 'one' }, { b: join(path, 'b') }), await digestTree(path))
})

t.test('links that lead nowhere, or back, end', async t => {
  const back = { loop: '.', again: '.', 'b/up': '..', 'b/d/up': '../..' }
  const [looped, broken] = [await digest(t, files, back), await digest(t, files, { x: '/nowhere/x', y: 'y' })]
  t.match(looped, /^[0-9a-f]{64}$/)
  t.match(broken, /^[0-9a-f]{64}$/)
  t.not(looped, broken)
})

t.test('what can be read once only has no digest', async t => {
  t.equal(await digestTree('/dev/null'), undefined)
  t.ok(await digest(t, files, { device: '/dev/null' }), 'in a folder it is a name')
})
