/** What the demo says, and the requests that it shows with their answers. */

export const say = (text: string): void => void process.stdout.write(`${text}\n`)
export const shorten = (text: string, length = 300): string =>
  text.length > length ? `${text.slice(0, length)}...` : text

let stepNumber = 0
export const heading = (title: string): void => say(`\n${++stepNumber}. ${title}`)

export const json = 'application/json'

interface Call {
  readonly method?: string
  /** In a host with a store: the model's path there. */
  readonly target?: string
  readonly type?: string
  readonly body?: string
  readonly expected?: number
}

/** Sends one request and prints it with its answer. @throws Error when the status is not the expected one */
export async function call(
  url: string,
  path: string,
  { method = 'POST', target, type, body, expected = 200 }: Call,
): Promise<string> {
  say(`   > ${method} ${path}${type ? `   ${type}` : ''}`)
  if (target) say(`   > X-Amzn-SageMaker-Target-Model: ${target}`)
  if (body) say(shorten(body).trimEnd().replace(/^/gm, '   > '))
  const startedMs = performance.now()
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(type ? { 'content-type': type } : {}),
      ...(target ? { 'x-amzn-sagemaker-target-model': target } : {}),
    },
    ...(body ? { body } : {}),
  })
  const text = await response.text()
  say(`   < ${response.status}   ${(performance.now() - startedMs).toFixed(1)} ms`)
  if (text) say(shorten(text).trimEnd().replace(/^/gm, '   < '))
  if (response.status !== expected) throw new Error(`${method} ${path} answered ${response.status}, not ${expected}.`)
  return text
}
