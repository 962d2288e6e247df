/** A pattern over tags, as a tree. */
export type TagTree =
  | { readonly kind: 'tag'; readonly names: readonly string[] }
  | { readonly kind: 'sequence'; readonly parts: readonly TagTree[] }
  | { readonly kind: 'choice'; readonly options: readonly TagTree[] }
  | {
      readonly kind: 'repeat'
      readonly body: TagTree
      readonly least: number
      readonly most: number
      readonly isLazy: boolean
    }

/** The tree as a grammar has it. */
export function formatTree(tree: TagTree): string {
  switch (tree.kind) {
    case 'tag':
      return `<${tree.names.join('|')}>`
    case 'sequence':
      return tree.parts.map(part => (part.kind === 'choice' ? `(${formatTree(part)})` : formatTree(part))).join('')
    case 'choice':
      return tree.options.map(formatTree).join('|')
    case 'repeat': {
      const body = tree.body.kind === 'tag' ? formatTree(tree.body) : `(${formatTree(tree.body)})`
      return `${body}{${tree.least},${tree.most === Infinity ? '' : tree.most}}${tree.isLazy ? '?' : ''}`
    }
  }
}

/**
 * Where matches that begin at a place end, in the order in which Python's `re` finds them: by plain backtracking, which
 * takes exponential time.
 */
export function* ends(tree: TagTree, tags: readonly string[], at: number): Generator<number> {
  switch (tree.kind) {
    case 'tag':
      if (at < tags.length && tree.names.includes(tags[at]!)) yield at + 1
      return
    case 'sequence':
      yield* sequenceEnds(tree.parts, tags, at)
      return
    case 'choice':
      for (const option of tree.options) yield* ends(option, tags, at)
      return
    case 'repeat':
      yield* repeatEnds(tree, tags, at, 0, -1)
  }
}

function* sequenceEnds(parts: readonly TagTree[], tags: readonly string[], at: number): Generator<number> {
  const [first, ...rest] = parts
  if (!first) yield at
  else for (const end of ends(first, tags, at)) yield* sequenceEnds(rest, tags, end)
}

/** @param last  where the last repetition that needed not be began: one that took nothing is not followed by another */
function* repeatEnds(
  tree: TagTree & { kind: 'repeat' },
  tags: readonly string[],
  at: number,
  count: number,
  last: number,
): Generator<number> {
  const { body, least, most, isLazy } = tree
  if (count < least) {
    for (const end of ends(body, tags, at)) yield* repeatEnds(tree, tags, end, count + 1, last)
    return
  }
  if (isLazy) yield at
  if (count < most && at !== last) {
    for (const end of ends(body, tags, at)) yield* repeatEnds(tree, tags, end, count + 1, at)
  }
  if (!isLazy) yield at
}

/** The chunks of one rule after the other, each on what is in no chunk yet: [first, last] in the order of the tags. */
export function chunkTwin(rules: readonly TagTree[], tags: readonly string[]): [number, number][] {
  const chunks: [number, number][] = []
  for (const rule of rules) {
    const isTaken = (i: number) => chunks.some(([first, last]) => first <= i && i <= last)
    const found: [number, number][] = []
    for (let at = 0; at < tags.length; ) {
      let end = at
      while (end < tags.length && !isTaken(end)) end++
      const free = tags.slice(0, end)
      const match = isTaken(at) ? undefined : firstBehind(ends(rule, free, at), at)
      if (match !== undefined) found.push([at, match - 1])
      at = match ?? at + 1
    }
    chunks.push(...found)
  }
  return chunks.sort(([a], [b]) => a - b)
}

function firstBehind(places: Iterable<number>, at: number): number | undefined {
  for (const place of places) if (place > at) return place
  return undefined
}
