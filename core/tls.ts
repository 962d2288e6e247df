import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { fail } from './errors.js'
import type { Settings } from './setting-table.js'

interface Tls {
  readonly cert: Buffer
  readonly key: Buffer
}

/**
 * The certificate and key of a host that speaks HTTPS; undefined where it speaks HTTP.
 *
 * @throws HostError CONFIG_INVALID, naming the file that cannot be used
 */
export async function readTls({ tlsCert, tlsKey }: Settings): Promise<Tls | undefined> {
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  const cert = await readPem('TLS certificate', tlsCert)
  check(`TLS certificate ${tlsCert}`, { cert })
  const key = await readPem('TLS key', tlsKey)
  check(`TLS key ${tlsKey}`, { key })
  check(`TLS key ${tlsKey}`, { cert, key })
  return { cert, key }
}

async function readPem(what: string, path: string): Promise<Buffer> {
  return readFile(path).catch(error => {
    throw invalid(`${what} ${path}`, `cannot be read (${error.code}). Name a file that the host may read.`, error)
  })
}

function check(setting: string, options: Partial<Tls>): void {
  try {
    createSecureContext(options)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const problem =
      code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' ? 'is not the key of the certificate' : `cannot be used (${message})`
    throw invalid(setting, `${problem}. Name a PEM file of the pair.`, error)
  }
}

const invalid = (setting: string, problem: string, cause: unknown) =>
  fail('CONFIG_INVALID', { setting, problem }, cause)
