/** What all threads of a training do together, chunk by chunk, before any of them goes on. Plain data. */
export type Phase =
  /** Draws lambda. */
  | { readonly kind: 'draw' }
  /** Takes lambda as it is. */
  | { readonly kind: 'expect' }
  /** Fits documents `first` to `last` from random starts and keeps what they say of words. */
  | { readonly kind: 'documents'; readonly step: number; readonly first: number; readonly last: number }
  /** Learns lambda from that. */
  | {
      readonly kind: 'words'
      readonly first: number
      readonly last: number
      readonly rate: number
      readonly ratio: number
    }
  /** Fits all documents as `transform` does, for their part of the bound. */
  | { readonly kind: 'boundDocuments' }
  /** The part of the bound that words have. */
  | { readonly kind: 'boundWords' }

/** What of the settings decides over phases; plain data, so that it can be posted. */
export interface PhaseSettings {
  readonly docTopicPrior: number
  readonly topicWordPrior: number
  readonly rounds: number
  readonly tolerance: number
  readonly seed: number
}
