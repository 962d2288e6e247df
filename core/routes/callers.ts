import type { Socket } from 'node:net'
import type { Invocation } from '../invoker.js'

/** Which accepted requests came over which connection; when it closes, they are given up. One listener a connection. */
export class Callers {
  readonly #open = new WeakMap<Socket, Set<Invocation>>()

  add(socket: Socket, invocation: Invocation): void {
    let invocations = this.#open.get(socket)
    if (!invocations) {
      const mine = new Set<Invocation>()
      this.#open.set(socket, mine)
      socket.once('close', () => {
        for (const open of mine) open.cancel()
      })
      invocations = mine
    }
    invocations.add(invocation)
  }

  delete(socket: Socket, invocation: Invocation): void {
    this.#open.get(socket)?.delete(invocation)
  }
}
