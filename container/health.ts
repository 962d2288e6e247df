/** The health check of the image: asks the host of this container, and ends with 0 where it is well, else with 1. */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { readSettings } from '../core/config.js'

/** As SageMaker waits for an answer. */
const limitMs = 2000
/** Who listens on all addresses is asked by this one. */
const own: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** @returns what is wrong, undefined where nothing is */
async function findProblem(): Promise<string | undefined> {
  // By the same variables and file as the host; what was given to it as a flag is not known here.
  const { host, port, tlsCert } = (await readSettings({ mayPluginsBeMissing: true })).settings
  const hostname = own[host] ?? host
  const options = { hostname, port, path: '/ping', signal: AbortSignal.timeout(limitMs) }
  // The certificate is for the name by which others know the host, not for this one.
  const request = tlsCert === undefined ? requestHttp(options) : requestHttps({ ...options, rejectUnauthorized: false })
  return new Promise(resolve => {
    request.on('response', response => {
      response.resume()
      resolve(response.statusCode === 200 ? undefined : `/ping answers ${response.statusCode}`)
    })
    request.on('error', error => resolve(`${hostname}:${port} does not answer (${error.message})`))
    request.end()
  })
}

const problem = await findProblem().catch((error: Error) => error.message)
if (problem !== undefined) process.stderr.write(`modelhost: ${problem}.\n`)
process.exit(problem === undefined ? 0 : 1)
