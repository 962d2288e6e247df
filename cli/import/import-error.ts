/** What is wrong with a file that is to be imported: ends the sentence "x.pickle cannot be imported: ...". */
export class ImportError extends Error {
  override readonly name = 'ImportError'
}
