import fc from 'fast-check'
import t from 'tap'
import { checkTarget, isTarget } from '../../core/store/target.js'

t.test('a target is a path below the store, in its one spelling', async t => {
  const sound = ['claims', 'news/de.tar.gz', 'a b', 'größe', 'a..b', 'a.', '-', '~', 'x'.repeat(1024), 'С', '🙂']
  for (const target of sound) t.equal(checkTarget(target), target)
  const wrong: [string, RegExp][] = [
    ['', /is empty/],
    ['x'.repeat(1025), /more than 1024 characters/],
    ['/claims', /absolute path/],
    ['claims/', /ends with a slash/],
    ['news//de', /two slashes/],
    ['.', /has "\." in it/],
    ['..', /has "\.\." in it/],
    ['./claims', /has "\." in it/],
    ['news/../claims', /has "\.\." in it/],
    ['news/..', /has "\.\." in it/],
    ['..\\claims', /backslash/],
    ['%2e%2e/claims', /percent sign/],
    ['claims%00', /percent sign/],
    [' claims', /blank at the begin or end/],
    ['claims ', /blank at the begin or end/],
    ['news /de', /blank at the begin or end/],
    ['news/\u00a0de', /blank at the begin or end/],
    ['.hidden', /begins with a dot/],
    ['news/.hidden', /begins with a dot/],
    ['...', /begins with a dot/],
    ['a\u0000b', /control character/],
    ['a\nb', /control character/],
    ['a\u0085b', /control character/],
    ['a\ud800', /not valid Unicode/],
    ['a\ufffd', /not valid Unicode/],
    ['u\u0308ber', /composed form/],
  ]
  for (const [target, message] of wrong) {
    t.throws(() => checkTarget(target), { code: 'TARGET_INVALID', message }, JSON.stringify(target))
    t.equal(isTarget(target), false)
  }
})

t.test('what passes stays below the store, and is no other way to say another one', async () => {
  const part = fc.oneof(
    fc.constantFrom('.', '..', '', ' ', '%2e', 'a', 'ü', 'u\u0308', '\\', '\u0000'),
    fc.string({ unit: 'binary' }),
  )
  const path = fc.array(part, { maxLength: 6 }).map(parts => parts.join('/'))
  fc.assert(
    fc.property(path, target => {
      if (!isTarget(target)) return
      const url = new URL(target.split('/').map(encodeURIComponent).join('/'), 'file:///store/')
      const isSame = decodeURIComponent(url.pathname) === `/store/${target}`
      if (!isSame || target.normalize('NFC') !== target || /[\\%]/.test(target)) throw new Error(target)
    }),
    { numRuns: 2000 },
  )
})

t.test('a long target is named in short', async t => {
  try {
    checkTarget('/'.repeat(5_000_000))
    t.fail('it was let pass')
  } catch (error) {
    t.ok((error as Error).message.length < 1000)
  }
})
