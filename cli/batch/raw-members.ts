/**
 * The members of a JSON object as they are written, since a number of more than 15 digits, as ids are, would not
 * survive being read.
 *
 * @param text  an object that `JSON.parse` takes
 * @returns name -> its value's text; of names that stand twice, the last
 */
export function rawMembers(text: string): Map<string, string> {
  const members = new Map<string, string>()
  let at = skipSpace(text, text.indexOf('{') + 1)
  while (text[at] !== '}') {
    const nameEnd = skipString(text, at)
    const name = JSON.parse(text.slice(at, nameEnd)) as string
    const from = skipSpace(text, skipSpace(text, nameEnd) + 1)
    const to = skipValue(text, from)
    members.set(name, text.slice(from, to))
    at = skipSpace(text, to)
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return members
}

const space = new Set([' ', '\t', '\n', '\r'])

function skipSpace(text: string, at: number): number {
  while (space.has(text[at]!)) at++
  return at
}

/** @param at  of the opening quote */
function skipString(text: string, at: number): number {
  for (let i = at + 1; ; i++) {
    const code = text.charCodeAt(i)
    if (code === backslash) i++
    else if (code === quote) return i + 1
  }
}

const backslash = 0x5c
const quote = 0x22
const ends = new Set([',', '}', ']', ...space])

/** @returns the place behind a value */
function skipValue(text: string, at: number): number {
  const first = text[at]!
  if (first === '"') return skipString(text, at)
  if (first !== '{' && first !== '[') {
    while (!ends.has(text[at]!)) at++
    return at
  }
  let depth = 0
  for (;;) {
    const character = text[at]!
    if (character === '"') {
      at = skipString(text, at)
      continue
    }
    at++
    if (character === '{' || character === '[') depth++
    else if ((character === '}' || character === ']') && --depth === 0) return at
  }
}
