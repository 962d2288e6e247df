/**
 * Every part of the sequences that were added, for looking up a sequence in time linear in its length, whatever they are:
 * a suffix automaton of them all.
 *
 * @see Blumer et al. 1985, The smallest automaton recognizing the subwords of a text
 */
export class Infixes {
  /** By state: the state after each number. State 0 is that of the empty sequence. */
  readonly #next: Map<number, number>[] = [new Map()]
  /** By state: that of its longest ending which is found elsewhere too. */
  readonly #links = [-1]
  readonly #lengths = [0]

  /** Is `numbers[from .. from + length)` a part of one that was added? */
  has(numbers: Uint32Array, from: number, length: number): boolean {
    let state: number | undefined = 0
    for (let at = from; at < from + length; at++) {
      state = this.#next[state]!.get(numbers[at]!)
      if (state === undefined) return false
    }
    return true
  }

  add(numbers: Uint32Array, from: number, length: number): void {
    let last = 0
    for (let at = from; at < from + length; at++) last = this.#extend(last, numbers[at]!)
  }

  #extend(last: number, number: number): number {
    const length = this.#lengths[last]! + 1
    if (this.#next[last]!.has(number)) return this.#separate(last, number)
    const state = this.#addState(new Map(), length)
    let before = last
    for (; before >= 0 && !this.#next[before]!.has(number); before = this.#links[before]!) {
      this.#next[before]!.set(number, state)
    }
    this.#links[state] = before < 0 ? 0 : this.#separate(before, number)
    return state
  }

  /** The state after `before` and the number, of which the way over `before` is the longest. */
  #separate(before: number, number: number): number {
    const found = this.#next[before]!.get(number)!
    const length = this.#lengths[before]! + 1
    if (this.#lengths[found] === length) return found
    const copy = this.#addState(new Map(this.#next[found]!), length)
    this.#links[copy] = this.#links[found]!
    this.#links[found] = copy
    for (let at = before; at >= 0 && this.#next[at]!.get(number) === found; at = this.#links[at]!) {
      this.#next[at]!.set(number, copy)
    }
    return copy
  }

  #addState(next: Map<number, number>, length: number): number {
    this.#links.push(0)
    this.#lengths.push(length)
    return this.#next.push(next) - 1
  }
}
