/** Blocks that are read by what would read them: the word behind their language -> how. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Each takes the text of a block and an empty folder, and throws where it is not right. What they need is imported only when
 * a page is run, as a look at which blocks there are takes no time.
 */
export const checks: Readonly<Record<string, (text: string, folder: string) => Promise<unknown>>> = {
  /** A params file, with its examples. */
  async params(text, folder) {
    const { readCatalog } = await import('../../core/catalog.js')
    const { readModelParams } = await import('../../cli/workspace/model-params.js')
    const { model_name: name } = JSON.parse(text)
    await writeFile(join(folder, `${name}-params.json`), text)
    await readModelParams(folder, name, await readCatalog([]))
  },
  /** The file of `--config`. */
  async settings(text, folder) {
    const { readSettings } = await import('../../core/host.js')
    const config = join(folder, 'config.json')
    await writeFile(config, text)
    await readSettings({ flags: { config }, env: {} })
  },
  /** `inputData.json` of a workspace. */
  async 'input-data'(text, folder) {
    const { readInputData } = await import('../../cli/workspace/input-data.js')
    await writeFile(join(folder, 'inputData.json'), text)
    await readInputData(folder, 'models/NAME')
  },
  /** A grammar of TopicalPageRank. */
  async grammar(text) {
    const { parseGrammar } = await import('../../plugins/topical-page-rank/grammar/parse-grammar.js')
    parseGrammar(text)
  },
}
