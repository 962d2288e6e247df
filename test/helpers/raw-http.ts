import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

/**
 * Sends bytes over a bare socket and reads the first answer, until the server closes the connection.
 *
 * @param line  the request line; or, without headers, everything that is sent
 */
export function exchange(
  url: string,
  line: string | Uint8Array,
  headers?: Record<string, string>,
  body = '',
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  const fields = { host: hostname, connection: 'close', 'content-length': String(Buffer.byteLength(body)), ...headers }
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}`)
  const message = headers ? `${[line, ...head].join('\r\n')}\r\n\r\n${body}` : line
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(message))
    const chunks: Buffer[] = []
    socket.on('data', chunk => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(parse(Buffer.concat(chunks).toString())))
  })
}

function parse(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...fields] = text.slice(0, end).split('\r\n')
  const headers = fields.map(field => {
    const colon = field.indexOf(':')
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()]
  })
  return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(headers), body: text.slice(end + 4) }
}
