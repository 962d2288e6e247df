import { connect, type Socket } from 'node:net'

export interface KeptAnswer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/**
 * A connection that posts, waits for the answer, and posts again. It knows no more of HTTP than a host sends; Node's own
 * client would take as much of the machine as the host that is measured.
 */
export class KeptConnection {
  #socket: Socket | undefined
  #text = ''
  #settle: { resolve: (answer: KeptAnswer) => void; reject: (error: Error) => void } | undefined

  constructor(private readonly url: URL) {}

  post(path: string, body: string): Promise<KeptAnswer> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#socket ??= this.#connect()
      this.#socket.write(
        `POST ${path} HTTP/1.1\r\nhost: ${this.url.host}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      )
    })
  }

  close(): void {
    this.#socket?.destroy()
  }

  #connect(): Socket {
    const socket = connect(Number(this.url.port), this.url.hostname)
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#read(text))
    socket.on('error', error => this.#lost(socket, error))
    socket.on('close', () => this.#lost(socket, new Error('the connection was closed')))
    return socket
  }

  #read(text: string): void {
    this.#text += text
    const end = this.#text.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#text.slice(0, end)
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1])
    if (this.#text.length < end + 4 + length) return
    const body = this.#text.slice(end + 4, end + 4 + length)
    this.#text = ''
    this.#settle?.resolve({ status: Number(head.slice(9, 12)), head, body })
  }

  #lost(socket: Socket, error: Error): void {
    if (this.#socket !== socket) return
    this.#socket = undefined
    this.#text = ''
    this.#settle?.reject(error)
  }
}
