/** One token of a document: its stem, and whether it makes a node. */
export type StemToken = readonly [stem: string, isNode: boolean]

/** Nodes in order, and the weight of each edge as `a b`, the earlier node first. */
export interface GraphTwin {
  readonly nodes: readonly string[]
  readonly edges: ReadonlyMap<string, number>
}

/** As the specification says it: every pair of places. */
export function graphTwin(tokens: readonly StemToken[], window: number): GraphTwin {
  const nodes = [...new Set(tokens.filter(([, isNode]) => isNode).map(([stem]) => stem))]
  const edges = new Map<string, number>()
  for (const [i, [left, isLeft]] of tokens.entries()) {
    for (let j = i + 1; j <= Math.min(i + window, tokens.length) - 1; j++) {
      const [right, isRight] = tokens[j]!
      if (!isLeft || !isRight || left === right) continue
      const [a, b] = [nodes.indexOf(left), nodes.indexOf(right)].sort((x, y) => x - y)
      edges.set(`${a} ${b}`, (edges.get(`${a} ${b}`) ?? 0) + 1)
    }
  }
  return { nodes, edges }
}

/** Power iteration over the whole matrix, each sum and product in the order of networkx. */
export function pageRankTwin({ nodes, edges }: GraphTwin, personalization: readonly number[]): number[] {
  const size = nodes.length
  const weight = (i: number, j: number) => edges.get(i < j ? `${i} ${j}` : `${j} ${i}`) ?? 0
  const every = Array.from({ length: size }, (_, i) => i)
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  const degrees = every.map(i => sum(every.map(j => weight(i, j))))
  const total = sum(personalization)
  const p = personalization.map(number => number / total)
  let x = every.map(() => 1 / size)
  for (let round = 0; round < 100; round++) {
    const dangling = sum(x.filter((_, i) => degrees[i] === 0))
    const next = every.map(j => {
      const walked = sum(every.map(i => (degrees[i] === 0 ? 0 : (1 / degrees[i]!) * weight(i, j) * x[i]!)))
      return 0.85 * (walked + dangling * p[j]!) + (1 - 0.85) * p[j]!
    })
    const change = sum(next.map((number, i) => Math.abs(number - x[i]!)))
    x = next
    if (change < size * 1e-4) break
  }
  return x
}
