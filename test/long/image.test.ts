import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { type Running, serveImage } from '../image/host.js'
import type { Image } from '../image/image.js'
import { fixture, projectFolder } from '../image/places.js'
import { run } from '../image/run.js'
import { tellConfiguration } from '../image/stories/configuration.js'
import { stopTooLate, tellDrain } from '../image/stories/drain.js'
import { tellHealth } from '../image/stories/health.js'
import { tellOthers } from '../image/stories/others.js'
import { tellPlatform, trainModels } from '../image/stories/platform.js'
import { tellPlugins } from '../image/stories/plugins.js'
import { tellTraining, tellTrainingOfPlugins } from '../image/stories/training.js'
import { buildWorkspace, tellWorkspace } from '../image/stories/workspace.js'
import { chooseWay, openBuild } from '../image/ways.js'
import { tellContract } from '../stories/contract.js'

/** container/Dockerfile, without an engine: built, and run as SageMaker runs it. */

// A base that was not made before, and packages that have to be fetched, on a machine that has other things to do.
const timeout = 900_000
t.setTimeout(timeout)

const chosen = await chooseWay()
const { isConfined } = chosen

t.test(`the image, ${chosen.words} (${chosen.why})`, { timeout }, async t => {
  const startMs = performance.now()
  const build = await openBuild(t, chosen)
  const image = await build(join(projectFolder, 'container', 'Dockerfile'), projectFolder)
  t.comment(`Built in ${Math.round((performance.now() - startMs) / 1000)} s.`)
  const running: Running = { image, isConfined }
  // It takes as long as several stories, which are told meanwhile.
  const ofWorkspace = buildWorkspace(t, build)
  const built = ofWorkspace.catch(() => {})
  t.teardown(() => built)
  const models = await trainModels(t, running)
  const withPlugins: Running = { image: await addPlugins(t, image), isConfined }
  const tooLong = stopTooLate(t, withPlugins)

  tellConfiguration(t, running)
  tellHealth(t, running)
  tellPlatform(t, running, models)
  tellOthers(t, running, models)
  tellTraining(t, running)
  tellPlugins(t, withPlugins)
  tellTrainingOfPlugins(t, withPlugins)
  tellDrain(t, withPlugins, tooLong)
  tellWorkspace(t, ofWorkspace, isConfined, models)
  tellContract(t, (t, settings) => serveImage(t, withPlugins, { env: variablesOf(settings) }))
})

/** An image on top of ours: one plugin by COPY, one by npm, and the probe of all tests. */
async function addPlugins(t: Test, image: Image): Promise<Image> {
  const context = await folder(t)
  await run('npm', ['pack', '--silent', '--pack-destination', context, fixture('reversed')])
  await cp(fixture('patience'), join(context, 'patience'), { recursive: true })
  await cp(pluginPath('probe'), join(context, 'probe.js'))
  return image.derive(fixture('plugins.Dockerfile'), context)
}

const variablesOf = ({ maxBodyBytes }: { readonly maxBodyBytes?: number } = {}): Record<string, string> =>
  maxBodyBytes === undefined ? {} : { MODELHOST_MAX_BODY_BYTES: String(maxBodyBytes) }
