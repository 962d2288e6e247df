import { readFile, stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { artifactFolder } from './artifact-target.js'
import { CommandError, defineCommand, UsageError } from './command.js'
import { checkEndpointName } from './endpoint-name.js'
import { createLog } from './log.js'
import { logLevel, logLevelOption, pluginOption } from './options.js'
import { type OwnHostOptions, startOwnHost } from './own-host.js'
import { readToken, tokenFileOption } from './token.js'

export const typeOfExtension: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.json': 'application/json',
  '.jsonl': 'application/jsonlines',
  '.txt': 'text/plain',
}

export const invokeCommand = defineCommand({
  name: 'invoke',
  summary: 'ask a model once',
  description: [
    'Sends one request to a model and prints the body of its answer on stdout.',
    'For an artifact DIR a host is started for this one request; a URL names a host that runs, with the model loaded;',
    'sagemaker:ENDPOINT is an endpoint of SageMaker, which the AWS SDK asks with what it finds of region and credentials.',
    'An error answer is told on stderr, and the exit code is 1.',
  ].join('\n'),
  arguments: {
    'DIR|URL': {
      description:
        'An artifact (its folder, or one of the package: tagger:de), http://host:port of a host, or sagemaker:ENDPOINT.',
    },
    FILE: { optional: true, description: 'The request body; - or nothing for stdin.' },
  },
  options: {
    model: { value: 'NAME', description: 'Name of the model on the host at URL; of an endpoint, its TargetModel.' },
    type: {
      value: 'TYPE',
      description:
        'Content type of the body (default: by the ending of FILE: .csv, .json, .jsonl, .txt; else text/plain).',
    },
    accept: { value: 'TYPE', description: 'Content type of the answer (default: as the model answers).' },
    'token-file': tokenFileOption,
    plugin: pluginOption,
    'log-level': logLevelOption,
  },
  examples: {
    'modelhost invoke out/claims pairs.csv': 'the similarity of the two texts in each row',
    [`echo '{"text1":"Strom aus Wind","text2":"Windräder"}' | modelhost invoke out/claims --type application/json`]:
      'the same for one pair, from stdin',
    'modelhost invoke http://127.0.0.1:8080 --model claims pairs.csv': 'asks a host that runs',
    'modelhost invoke sagemaker:models-dev --model DocSim/20261127-185427.tar.gz pairs.csv': 'asks an endpoint',
  },
  async run({
    'DIR|URL': target,
    FILE: file,
    model,
    type,
    accept,
    'token-file': tokenFile,
    plugin,
    'log-level': level,
  }) {
    const isUrl = /^https?:\/\//.test(target)
    if (tokenFile !== undefined && !isUrl) {
      throw new UsageError('--token-file is for a host at a URL.')
    }
    if (isUrl && !model) throw new UsageError('A URL needs the name of a model: --model NAME.')
    const request = {
      headers: {
        'content-type': type ?? typeOfExtension[extname(file ?? '')] ?? 'text/plain',
        ...(accept ? { accept } : {}),
        ...(tokenFile === undefined ? {} : { authorization: `Bearer ${await readToken(tokenFile)}` }),
      },
      body: await readBody(file),
    }
    const endpoint = target.startsWith(endpointPrefix) ? target.slice(endpointPrefix.length) : undefined
    const answer = isUrl
      ? await invoke(target, model!, request)
      : endpoint !== undefined
        ? await invokeEndpoint(endpoint, model, request)
        : await invokeArtifact(artifactFolder(target), request, {
            plugins: plugin,
            log: createLog(logLevel(level, 'error')),
          })
    process.stdout.write(answer)
    if (answer.at(-1) !== newLine) process.stdout.write('\n')
  },
})

const endpointPrefix = 'sagemaker:'
const ownName = 'model'
const newLine = 0x0a

async function readBody(file: string | undefined): Promise<Buffer> {
  if (file === undefined || file === '-') return buffer(process.stdin)
  const isFile = await stat(file).then(
    found => found.isFile(),
    () => false,
  )
  if (!isFile) throw new UsageError(`${file} is no file. Name the file of the request body, or - for stdin.`)
  return readFile(file)
}

interface Request {
  readonly headers: Record<string, string>
  readonly body: Buffer
}

async function invokeArtifact(folder: string, request: Request, options: OwnHostOptions): Promise<Buffer> {
  const host = await startOwnHost(options)
  try {
    const body = JSON.stringify({ model_name: ownName, url: resolve(folder) })
    await send(`${host.url}/models`, { headers: { 'content-type': 'application/json' }, body })
    return await invoke(host.url, ownName, request)
  } finally {
    await host.close()
  }
}

/** @param target  none where the endpoint has one model */
async function invokeEndpoint(name: string, target: string | undefined, { headers, body }: Request): Promise<Buffer> {
  checkEndpointName(name)
  const { openEndpoint } = await import('./release/endpoint.js')
  const endpoint = await openEndpoint({ name, atOnce: 1 })
  try {
    const { 'content-type': contentType = 'text/plain', accept } = headers
    const wanted = { ...(target === undefined ? {} : { target }), ...(accept === undefined ? {} : { accept }) }
    const answer = await endpoint.invoke({ body, contentType, ...wanted }, new AbortController().signal)
    if ('failure' in answer) throw new CommandError(`${name}: ${answer.failure.name}: ${answer.failure.message}`)
    return Buffer.from(answer.body)
  } finally {
    endpoint.close()
  }
}

function invoke(url: string, model: string, request: Request): Promise<Buffer> {
  return send(`${url.replace(/\/+$/, '')}/models/${encodeURIComponent(model)}/invoke`, request)
}

/** @throws CommandError with the message of an answer that is no success */
async function send(url: string, init: RequestInit): Promise<Buffer> {
  const response = await fetch(url, { ...init, method: 'POST' }).catch(error => {
    throw new CommandError(`${url} cannot be reached (${error.cause?.message ?? error.message}). Is the host running?`)
  })
  const body = Buffer.from(await response.arrayBuffer())
  if (!response.ok)
    throw new CommandError(messageOf(body) ?? `${url} answered ${response.status}: ${body.toString('utf8', 0, 500)}`)
  return body
}

function messageOf(body: Buffer): string | undefined {
  try {
    const { error } = JSON.parse(body.toString())
    return typeof error?.message === 'string' ? error.message : undefined
  } catch {
    return undefined
  }
}
