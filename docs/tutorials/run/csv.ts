/** One row as RFC 4180 has it: quoted where it must be, `null` is empty. */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  const quoted = cells.map(cell => {
    const text = cell === null ? '' : String(cell)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  })
  return `${quoted.join(',')}\n`
}
