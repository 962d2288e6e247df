/** Figures as people read them. */

/** `1 h 02 min`, `3 min 20 s`, `8 s`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (n: number) => String(n).padStart(2, '0')
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`
}

/** A count as it is; of all else at most four digits that matter. */
export const formatFigure = (value: number): string =>
  String(Number.isInteger(value) ? value : Number(value.toPrecision(4)))

/** A value on one line: text as it is, all else as JSON; its end is left out where it is long. */
export function shorten(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 90 ? `${text.slice(0, 87)}...` : text
}

/**
 * Columns, padded to line up; numbers stand at the right of theirs.
 *
 * @param rows  cells, row by row; the first row is the heading
 */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => String(row[column]).length)))
  const line = (row: readonly (string | number)[]) =>
    row.map((cell, i) => (typeof cell === 'number' ? String(cell).padStart(widths[i]!) : cell.padEnd(widths[i]!)))
  return rows.map(row => `  ${line(row).join('  ').trimEnd()}\n`).join('')
}
