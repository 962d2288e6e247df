import { UsageError } from './command.js'

/**
 * @throws UsageError
 * @see SageMaker API, CreateEndpoint, EndpointName
 */
export function checkEndpointName(name: string): void {
  if (/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name)) return
  throw new UsageError(`"${name}" is no name of an endpoint: letters and digits, with hyphens in between.`)
}
