/**
 * An object that knows which of its properties were read.
 *
 * @returns the object to hand out, and the names of those that nobody has read yet
 */
export function watchReads<T extends Readonly<Record<string, string>>>(values: T): { object: T; unread(): string[] } {
  const read = new Set<string>()
  const object = {}
  for (const [name, value] of Object.entries(values)) {
    const get = () => {
      read.add(name)
      return value
    }
    Object.defineProperty(object, name, { enumerable: true, get })
  }
  return { object: object as T, unread: () => Object.keys(values).filter(name => !read.has(name)) }
}
