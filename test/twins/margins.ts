/** Sums of all sequences of tags, one by one: the best, and the best that differs from `found` from `from` to `to`. */
export function bestWithoutTwin(
  scores: readonly ArrayLike<number>[],
  { transitions }: { readonly transitions: readonly ArrayLike<number>[] },
  found: ArrayLike<number>,
  from: number,
  to: number,
): { best: number; without: number } {
  const tags = scores[0]!.length
  let [best, without] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const walk = (i: number, before: number, sum: number, differs: boolean) => {
    if (i === scores.length) {
      const whole = sum + transitions[tags + 1]![before]!
      best = Math.max(best, whole)
      if (differs) without = Math.max(without, whole)
      return
    }
    for (let tag = 0; tag < tags; tag++) {
      const step = transitions[before]![tag]! + scores[i]![tag]!
      walk(i + 1, tag, sum + step, differs || (i >= from && i <= to && tag !== found[i]))
    }
  }
  walk(0, tags, 0, false)
  return { best, without }
}
