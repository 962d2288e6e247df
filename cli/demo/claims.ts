import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'

export const claimsFile = new URL('../../../cli/workspace/files/data/claims_de.csv', import.meta.url).pathname

export interface Claim {
  readonly id: string
  readonly claim_text: string
}

export async function readClaims(): Promise<Claim[]> {
  return parse(await readFile(claimsFile), { columns: true })
}

export const textOf = (claims: readonly Claim[], id: string): string =>
  claims.find(claim => claim.id === id)!.claim_text
