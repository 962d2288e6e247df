/**
 * A string with memory of its own. A piece of a text keeps the whole text alive in V8; what is kept for long, such as a
 * word in a vocabulary, must not.
 */
export const flatCopy = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le')
