import { createRequire } from 'node:module'
import { join } from 'node:path'

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

/** @param folder  has a `node_modules` with them, or with some */
export function findPeers(folder: string): Peer[] {
  const require = createRequire(join(folder, 'index.js'))
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
  const wink = require('wink-nlp') as (model: unknown, pipe: string[]) => WinkNlp
  const nlp = wink(require('wink-eng-lite-web-model'), ['sbd', 'pos'])
  return { name: 'wink-nlp', tag: text => nlp.readDoc(text).tokens().out(nlp.its.pos).length }
}

function openCompromise(require: NodeJS.Require): Peer {
  const nlp = require('compromise') as Compromise
  const countTerms = (text: string) =>
    nlp(text)
      .json({ terms: { tags: true } })
      .reduce((sum, { terms }) => sum + terms.length, 0)
  return { name: 'compromise', tag: countTerms }
}
