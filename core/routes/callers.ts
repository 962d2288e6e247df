import type { Socket } from 'node:net'
import type { Pending } from '../lane-queue.js'

/** Which accepted requests came over which connection; when it closes, they are given up. One listener a connection. */
export class Callers {
  readonly #pendings = new WeakMap<Socket, Set<Pending>>()

  constructor(private readonly giveUp: (pending: Pending) => void) {}

  add(socket: Socket, pending: Pending): void {
    let pendings = this.#pendings.get(socket)
    if (!pendings) {
      const mine = new Set<Pending>()
      this.#pendings.set(socket, mine)
      socket.once('close', () => {
        for (const open of mine) this.giveUp(open)
      })
      pendings = mine
    }
    pendings.add(pending)
  }

  delete(socket: Socket, pending: Pending): void {
    this.#pendings.get(socket)?.delete(pending)
  }
}
