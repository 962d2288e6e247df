/** The pages of docs/ that are made from the code: page name -> its text. */
import { renderOpenApi } from './openapi.js'
import { renderCli } from './pages/cli.js'
import { renderConfiguration } from './pages/configuration.js'
import { renderConformance } from './pages/conformance.js'
import { renderErrors } from './pages/errors.js'
import { renderHttpApi } from './pages/http-api.js'
import { renderModelTypes } from './pages/model-types.js'

export const pages: Readonly<Record<string, () => string | Promise<string>>> = {
  'errors.md': renderErrors,
  'configuration.md': renderConfiguration,
  'cli.md': renderCli,
  'model-types.md': renderModelTypes,
  'http-api.md': renderHttpApi,
  'openapi.json': renderOpenApi,
  'conformance-cases.md': renderConformance,
}

/** The folder of the pages, seen from the compiled module. */
export const docsFolder = new URL('../../../docs/', import.meta.url)
