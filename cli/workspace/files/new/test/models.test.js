import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** What the pipeline runs before it builds an image: the files of this workspace are right, and its models learn. */

const folder = fileURLToPath(new URL('..', import.meta.url))
const env = { ...process.env, MODELHOST_PLUGIN_FOLDER: 'plugins' }

/** Runs `modelhost`, which `npm test` finds. Its log is shown; what it prints is returned. */
const modelhost = (...args) =>
  JSON.parse(
    execFileSync('modelhost', args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  )

const readJson = path => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))

for (const stage of ['dev', 'prod']) {
  test(`SageMaker can be asked to train all models of the stage ${stage}`, () => {
    const role = 'arn:aws:iam::123456789012:role/test'
    const image = '123456789012.dkr.ecr.eu-central-1.amazonaws.com/test:1'
    const account = ['--bucket', 'test', '--image', image, '--training-role', role, '--execution-role', role]
    const plan = modelhost('plan', '--stage', stage, '--project', 'test', ...account)
    assert.equal(plan.trainingJobs.length, plan.models.length)
  })
}

const marked = Object.entries(readJson('models/models_to_be_trained.json')).filter(([, isMarked]) => isMarked)
// Data that are in S3 alone are for the pipeline.
const here = marked
  .map(([name]) => name)
  .filter(name => Object.values(readJson(`models/${name}/inputData.json`)).every(({ path }) => path))

for (const name of here) {
  test(`${name} learns from the copy of its data, and answers its examples`, () => {
    const [trained] = modelhost('train', '--all', '--only', name, '--json')
    const { examples } = modelhost('inspect', trained.folder, '--json')
    for (const { request, error } of examples) assert.equal(error, undefined, JSON.stringify(request))
  })
}
