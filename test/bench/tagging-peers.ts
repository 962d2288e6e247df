import { createRequire } from 'node:module'
import { resolve } from 'node:path'

/** Another tagger of English that can be installed. */
export interface Peer {
  readonly name: string
  /** @returns how many tokens the text has, each with its tag */
  readonly tag: (text: string) => number
}

interface WinkNlp {
  readonly its: { readonly pos: unknown }
  readDoc(text: string): { tokens(): { out(what: unknown): string[] } }
}
type Compromise = (text: string) => { json(options: object): { terms: { tags: string[] }[] }[] }

// By name, since the project depends on none of them.
const names = { wink: 'wink-nlp', winkModel: 'wink-eng-lite-web-model', compromise: 'compromise' }

/** @param folder  has a `node_modules` with them, or with some */
export function findPeers(folder: string): Peer[] {
  const require = createRequire(resolve(folder, 'index.js'))
  return [...orNone(() => openWink(require)), ...orNone(() => openCompromise(require))]
}

function orNone(open: () => Peer): Peer[] {
  try {
    return [open()]
  } catch (error) {
    console.error((error as Error).message)
    return []
  }
}

function openWink(require: NodeJS.Require): Peer {
  const wink = require(names.wink) as (model: unknown, pipe: string[]) => WinkNlp
  const nlp = wink(require(names.winkModel), ['sbd', 'pos'])
  return { name: names.wink, tag: text => nlp.readDoc(text).tokens().out(nlp.its.pos).length }
}

function openCompromise(require: NodeJS.Require): Peer {
  const nlp = require(names.compromise) as Compromise
  const countTerms = (text: string) =>
    nlp(text)
      .json({ terms: { tags: true } })
      .reduce((sum, { terms }) => sum + terms.length, 0)
  return { name: names.compromise, tag: countTerms }
}
