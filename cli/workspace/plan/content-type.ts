import { extname } from 'node:path'

const byEnding: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.json': 'application/json',
  '.jsonl': 'application/jsonlines',
  '.tsv': 'text/tab-separated-values',
  '.gz': 'application/gzip',
}

/** What the data of a channel are; CSV where no ending says another thing, as the original has it. */
export function contentTypeOf(fileName: string | undefined): string {
  const ending = extname(fileName ?? '').toLowerCase()
  return byEnding[ending] ?? (ending === '' ? 'text/csv' : 'text/plain')
}
