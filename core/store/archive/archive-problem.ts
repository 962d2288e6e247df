import { describeValue } from '../../words.js'

/** What is wrong with an archive; `unpack` says it with the archive's name. */
export class ArchiveProblem extends Error {}

/** @param what  continues the sentence: `is a symbolic link` */
export const entryProblem = (name: string, what: string) =>
  new ArchiveProblem(`its entry ${describeValue(name)} ${what}`)
