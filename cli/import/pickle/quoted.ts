const maxShown = 200

/** A text of a file, for a message: in quotes, cut where it is long, and without what a terminal would obey. */
export function quoted(text: string): string {
  const shown = text.length > maxShown ? `${text.slice(0, maxShown)}…` : text
  return JSON.stringify(shown).replaceAll(
    /[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    sign => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
