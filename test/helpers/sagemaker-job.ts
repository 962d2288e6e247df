import { EventEmitter } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { trainForSageMaker } from '../../container/training/train.js'
import { folder, pluginPath } from './artifacts.js'
import { linesLog } from './lines-log.js'

export interface JobFiles {
  readonly hyperparameters?: unknown
  readonly inputdataconfig?: unknown
  readonly resourceconfig?: unknown
  /** Path below input/data -> content. */
  readonly data?: Readonly<Record<string, string>>
}

const channel = { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated', RecordWrapperType: 'None' }

/** `/opt/ml` as SageMaker has made it when it starts the container. */
export async function sageMakerFolder(t: Pick<Test, 'teardown'>, files: JobFiles): Promise<string> {
  const base = await folder(t)
  const { data = { 'train/data.txt': 'one\ntwo\n' } } = files
  const config = {
    hyperparameters: files.hyperparameters ?? { model_name: '"Steps"' },
    inputdataconfig: files.inputdataconfig ?? { train: channel },
    resourceconfig: files.resourceconfig ?? {
      current_host: 'algo-1',
      hosts: ['algo-1'],
      network_interface_name: 'eth0',
    },
  }
  const write = async (path: string, content: string) => {
    await mkdir(dirname(join(base, path)), { recursive: true })
    await writeFile(join(base, path), content)
  }
  for (const [name, value] of Object.entries(config)) {
    await write(`input/config/${name}.json`, typeof value === 'string' ? value : JSON.stringify(value))
  }
  for (const [path, content] of Object.entries(data)) await write(`input/data/${path}`, content)
  await mkdir(join(base, 'model'))
  await mkdir(join(base, 'output/data'), { recursive: true })
  return base
}

/** A job in this process, with the plugins of the tests. */
export async function startJob(t: Pick<Test, 'teardown'>, files: JobFiles, env: NodeJS.ProcessEnv = {}) {
  const base = await sageMakerFolder(t, files)
  return { base, ...runJobIn(base, env) }
}

export function runJobIn(base: string, env: NodeJS.ProcessEnv = {}, graceSeconds = 100) {
  const lines = linesLog()
  const signals = new EventEmitter()
  const plugins = ['steps', 'tally', 'noop'].map(pluginPath).join(':')
  const ended = trainForSageMaker({
    base,
    env: { MODELHOST_PLUGIN: plugins, ...env },
    createLog: () => lines.log,
    signals,
    graceSeconds,
  })
  return {
    lines,
    signals,
    ended,
    params: async () => JSON.parse(await readFile(join(base, 'model/Steps-params.json'), 'utf8')),
    failure: () => readFile(join(base, 'output/failure'), 'utf8'),
    report: async () => JSON.parse(await readFile(join(base, 'output/data/training.json'), 'utf8')),
  }
}
