import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { UsageError } from '../../cli/command.js'
import { withOwnPlugins } from '../../cli/release/own-plugins.js'
import { readPlan } from '../../cli/release/plan-file.js'
import { mergeTargets, readTargets } from '../../cli/release/targets-file.js'
import { folder } from '../helpers/artifacts.js'
import { planFile, planOf } from '../helpers/release.js'

t.test('a plan is read as it was written', async t => {
  const plan = planOf({ Claims: { examples: [{ body: '', contentType: 'text/plain' }] } })
  t.same(await readPlan(await planFile(t, plan)), plan)
})

t.test('a file that is no plan is refused by what is wrong with it', async t => {
  const plan = planOf({ Claims: {}, Names: {} })
  const [claims, names] = plan.models
  const withModel = (change: object) => ({ ...plan, models: [{ ...claims, ...change }, names] })
  const bad: [unknown, RegExp][] = [
    [[], /is no plan: The whole must be an object/],
    [{ ...plan, models: {} }, /models must be a list/],
    [{ ...plan, id: '../x' }, /id must be a string of at most 32/],
    [{ ...plan, stage: 'Dev' }, /stage "Dev" is no name of a stage/],
    [withModel({ target: '../x.tar.gz' }), /models\[0\]\.target "\.\.\/x\.tar\.gz" has "\.\." in it/],
    [withModel({ target: names!.target }), /models\[0\]\.url .* does not end with its target/],
    [withModel({ url: 'https://x/y' }), /models\[0\]\.url "https:\/\/x\/y" does not begin with s3:/],
    [withModel({ output: 's3://models/dev/' }), /models\[0\]\.output .* does not end with \.tar\.gz/],
    [withModel({ name: 'Names' }), /two models have the name "Names"/],
    [withModel({ examples: [{ body: 1 }] }), /models\[0\]\.examples\[0\]/],
  ]
  for (const [content, message] of bad) await t.rejects(readPlan(await planFile(t, content)), { message })
  const path = await folder(t, { 'broken.json': '{' })
  await t.rejects(readPlan(join(path, 'broken.json')), { message: /broken\.json is not valid JSON/ })
  await t.rejects(readPlan(join(path, 'absent.json')), {
    message: /absent\.json cannot be read \(ENOENT\).*modelhost plan/,
  })
})

t.test('whatever a file holds, it is a plan, or refused in words', async t => {
  const path = join(await folder(t), 'plan.json')
  const good = planOf({ Claims: {}, Names: { examples: [{ body: 'x', contentType: 'text/plain' }] } })
  const spoilt = fc
    .tuple(fc.constantFrom(...leaves(good)), fc.jsonValue())
    .map(([at, value]) => JSON.stringify(replaceAt(good, at, value)))
  const content = fc.oneof(fc.json(), fc.string(), spoilt)
  await fc.assert(
    fc.asyncProperty(content, async text => {
      await writeFile(path, text)
      const plan = await readPlan(path).catch((error: Error) => {
        if (!(error instanceof UsageError) || !error.message.startsWith(path)) throw error
        return undefined
      })
      for (const { target, url } of plan?.models ?? []) t.ok(url.endsWith(target))
    }),
    { numRuns: 150 },
  )
})

type Path = readonly (string | number)[]

/** The paths of all that is in a value. */
function leaves(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...at, key]))]
}

function replaceAt(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by
  const copy = structuredClone(value) as Record<string | number, unknown>
  copy[key] = replaceAt(copy[key], rest, by)
  return copy
}

t.test('targets of models that are not released now stay', async t => {
  const path = await folder(t, { 'bad.json': '{"A": "../A.tar.gz"}', 'list.json': '[]', 'empty.json': '' })
  const former = { B: 'B/1.tar.gz', A: 'A/1.tar.gz' }
  t.equal(
    JSON.stringify(
      mergeTargets(former, [
        { name: 'C', target: 'C/2.tar.gz' },
        { name: 'B', target: 'B/2.tar.gz' },
      ]),
    ),
    '{"A":"A/1.tar.gz","B":"B/2.tar.gz","C":"C/2.tar.gz"}',
  )
  t.same(await readTargets(join(path, 'absent.json')), {})
  await t.rejects(readTargets(path), { message: /cannot be read \(EISDIR\)/ }, 'what cannot be read is not nothing')
  await t.rejects(readTargets(join(path, 'bad.json')), { message: /that of A, "\.\.\/A\.tar\.gz", has "\.\." in it/ })
  await t.rejects(readTargets(join(path, 'list.json')), { message: /holds no targets: The whole must be/ })
  await t.rejects(readTargets(join(path, 'empty.json')), { message: /is not valid JSON/ })
})

t.test('a workspace has the plugins of its folder; another folder has none', async t => {
  const files = { 'plugins/a.js': '', 'plugins/b/package.json': '{}', 'plugins/_c/package.json': '{}' }
  const workspace = await folder(t, { ...files, 'models/models_to_be_trained.json': '{}' })
  const own = [join(workspace, 'plugins/a.js'), join(workspace, 'plugins/b')]
  t.same(await withOwnPlugins([own[1]!, '/x.js'], workspace), [...own, '/x.js'])
  t.same(await withOwnPlugins(['/x.js'], await folder(t, files)), ['/x.js'])
})
