/** Settings that say who may ask. */
import { Type } from 'typebox'
import { names, path, plain, type Setting } from './kinds.js'

export const guardRows = {
  tokenFile: path('File of bearer tokens, one a line; management asks for one of them.', {
    flag: 'token-file',
    placeholder: 'FILE',
  }),
  guardInvoke: plain(Type.Boolean({ default: false, description: 'Predictions ask for a token, too.' }), {
    flag: 'guard-invoke',
  }),
  tlsCert: path('File of the certificate chain, PEM; with --tls-key the host speaks HTTPS.', {
    flag: 'tls-cert',
    placeholder: 'FILE',
  }),
  tlsKey: path('File of the private key, PEM.', { flag: 'tls-key', placeholder: 'FILE' }),
  corsOrigins: names('Origin whose pages may call the host from a browser, such as https://example.org; * is all.', {
    flag: 'cors-origin',
    placeholder: 'ORIGIN',
  }),
} as const satisfies Record<string, Setting>
