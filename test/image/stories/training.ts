import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { Running } from '../host.js'
import { type ImageJob, startJob } from '../job.js'
import { claimsFile } from '../places.js'

/** After SIGTERM SageMaker waits so long. */
const graceMs = 120_000

/** The image as a training job, `docker run IMAGE train`. */
export function tellTraining(t: Test, running: Running): void {
  const start = async (t: Test, params: Record<string, string>) =>
    startJob(t, running, params, { 'train/claims_de.csv': await readFile(claimsFile, 'utf8') })

  t.test('a job learns from its channel, and leaves an artifact and nothing else in /opt/ml/model', async t => {
    const job = await start(t, { model_name: 'DocSim', epochs: '5', vector_size: '8', sagemaker_region: 'eu-west-1' })
    await ended(t, job, 0)
    t.same(await job.files(), ['DocSim-model', 'DocSim-params.json'])
    const params = JSON.parse(await readFile(join(job.model, 'DocSim-params.json'), 'utf8'))
    t.match(params, { model_name: 'DocSim', epochs: 5, vector_size: 8 })
    await t.rejects(job.failure(), { code: 'ENOENT' })
  })

  t.test('a job that cannot be done ends with 1, and says why where SageMaker looks', async t => {
    const job = await start(t, { model_name: 'DocSim', epoch: '5' })
    await ended(t, job, 1)
    t.match(await job.failure(), /"?epoch"? .*epochs/)
    t.same(await job.files(), [])
  })

  t.test('a job that is stopped in the middle ends in time, with what it has learned', async t => {
    const job = await start(t, { model_name: 'DocSim', epochs: '100000', vector_size: '8' })
    const lines = createInterface(job.child.stderr)
    // Its rounds have begun.
    const begun = new Promise<void>(done => lines.on('line', line => /\bmetric\b.*\bdone=[1-9]/.test(line) && done()))
    await Promise.race([begun, job.ended])
    const startMs = performance.now()
    process.kill(job.pid, 'SIGTERM')
    t.same(await job.ended, [0, null])
    t.ok(performance.now() - startMs < graceMs)
    t.same(await job.files(), ['DocSim-model', 'DocSim-params.json'])
  })
}

/** The plugins of an image that is built on ours are those of its jobs, too. */
export function tellTrainingOfPlugins(t: Test, running: Running): void {
  t.test('a job knows the plugins that were added', async t => {
    const job = await startJob(t, running, { model_name: 'Patience' }, { 'train/data.txt': 'one\n' })
    await ended(t, job, 1)
    t.match(await job.failure(), /Patience.*no train function/s)
  })
}

async function ended(t: Test, job: ImageJob, wanted: number): Promise<void> {
  const [said, [code]] = await Promise.all([text(job.child.stderr), job.ended])
  t.equal(code, wanted)
  if (code !== wanted) t.comment(said)
}
