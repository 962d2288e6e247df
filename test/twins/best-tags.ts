const floor = -(2 ** 30)

/**
 * Viterbi's search: of equal paths the one with the lower numbers.
 *
 * @param transitions  from each tag, from the start, to the end
 */
export function bestTagsTwin(
  scores: readonly ArrayLike<number>[],
  transitions: readonly ArrayLike<number>[],
  tags: number,
): number[] {
  const all = Array.from({ length: tags }, (_, tag) => tag)
  let paths = all.map(tag => ({ score: scores[0]![tag]! + transitions[tags]![tag]!, tags: [tag] }))
  for (const row of scores.slice(1)) {
    paths = all.map(tag => {
      const ways = paths.map((path, from) => path.score + transitions[from]![tag]!)
      const best = Math.max(...ways)
      const path = paths[ways.indexOf(best)]!
      return { score: Math.max(floor, best + row[tag]!), tags: [...path.tags, tag] }
    })
  }
  const ends = paths.map((path, tag) => path.score + transitions[tags + 1]![tag]!)
  return paths[ends.indexOf(Math.max(...ends))]!.tags
}
