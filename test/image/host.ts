import { once } from 'node:events'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { type Files, folder } from '../helpers/artifacts.js'
import type { LogLine } from '../helpers/lines-log.js'
import type { AskedHost } from '../stories/contract.js'
import type { Image } from './image.js'
import { type ImageProcess, type Order, startImage } from './process.js'

/** The image and how it is run: what each story starts from. */
export interface Running {
  readonly image: Image
  readonly isConfined: boolean
}

export interface ImageHost extends AskedHost, ImageProcess {
  readonly port: number
  /** What it logged by this message. */
  lines(message: string): LogLine[]
  /** SIGTERM to the first process; the exit code, the signal, and how long it took. */
  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }>
}

/** Where the platform unpacks models. */
export const modelsFolder = '/opt/ml/models'

/** Starts the image as SageMaker starts it for many models; closed with the test. */
export async function serveImage(t: Test, running: Running, more: Partial<Order> = {}): Promise<ImageHost> {
  const port = await freePort()
  const models = await folder(t)
  const env = { SAGEMAKER_MULTI_MODEL: 'true', SAGEMAKER_BIND_TO_PORT: String(port), ...more.env }
  return openHost(t, running, port, models, {
    args: ['serve'],
    ...more,
    env,
    volumes: [{ from: models, to: modelsFolder }, ...(more.volumes ?? [])],
  })
}

/** Starts the image with what the order says, and no more. */
export async function openHost(
  t: Test,
  { image, isConfined }: Running,
  port: number,
  models: string,
  order: Order,
): Promise<ImageHost> {
  const started = await startImage(t, image, isConfined, order)
  const { child, pid, ended, where } = started
  const log: LogLine[] = []
  const complaints: string[] = []
  createInterface(child.stderr).on('line', line => {
    if (line.startsWith('{')) log.push(JSON.parse(line))
    else complaints.push(line)
  })
  const listening = once(createInterface(child.stdout), 'line') as Promise<[string]>
  const [line] = await Promise.race([listening, ended])
  if (typeof line !== 'string')
    throw new Error(`it ended with ${line}: ${complaints.join('\n')} ${JSON.stringify(log)}`)
  const url = line.replace('listening on ', '').replace('0.0.0.0', '127.0.0.1')
  const path = (modelName: string) => `${url}/models/${encodeURIComponent(modelName)}`
  const send = (to: string, body: string | Uint8Array, headers: Record<string, string>) =>
    fetch(to, { method: 'POST', body: body as string, headers })
  return {
    ...started,
    url,
    port,
    lines: message => log.filter(({ msg }) => msg === message),
    load: (model_name, folder) =>
      send(`${url}/models`, JSON.stringify({ model_name, url: where(folder) }), { 'content-type': 'application/json' }),
    unload: modelName => fetch(path(modelName), { method: 'DELETE' }),
    invoke: (modelName, body, headers = {}) => {
      const type = typeof body === 'string' ? 'text/plain' : 'application/json'
      const bytes = typeof body === 'string' ? body : JSON.stringify(body)
      return send(`${path(modelName)}/invoke`, bytes, { 'content-type': type, ...headers })
    },
    place: async files => where(join(modelsFolder, await place(models, files))),
    async stop() {
      const startMs = performance.now()
      process.kill(pid, 'SIGTERM')
      const [code, signal] = await ended
      return { code, signal, ms: performance.now() - startMs }
    },
  }
}

/** @returns the name of a new folder with these files */
async function place(models: string, files: Files): Promise<string> {
  const path = await mkdtemp(join(models, 'model-'))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), content)
  }
  return path.slice(models.length + 1)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
