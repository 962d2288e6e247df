import { readFile } from 'node:fs/promises'

/** One instruction of a Dockerfile: `RUN`, and all that stands behind it. */
export interface Instruction {
  readonly keyword: string
  readonly text: string
}

/** Reads a Dockerfile's instructions: comments left out, continued lines joined. */
export async function readRecipe(path: string): Promise<Instruction[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter(line => !/^\s*(#|$)/.test(line))
  const joined = lines.join('\n').replaceAll(/\\\n\s*/g, '')
  return joined.split('\n').map(line => {
    const [, keyword = '', text = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
    return { keyword: keyword.toUpperCase(), text }
  })
}

/** What an engine knows of an image besides its files. */
export interface ImageConfig {
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly health: readonly string[]
  readonly user: string
  readonly ports: readonly string[]
}

/** What the last stage of a recipe says. */
export function configOf(recipe: readonly Instruction[]): ImageConfig {
  const last = recipe.slice(recipe.findLastIndex(({ keyword }) => keyword === 'FROM'))
  const texts = (keyword: string) => last.filter(each => each.keyword === keyword).map(({ text }) => text)
  const list = (text: string | undefined): string[] => JSON.parse(text?.slice(text.indexOf('[')) ?? '[]')
  return {
    entrypoint: list(texts('ENTRYPOINT').at(-1)),
    command: list(texts('CMD').at(-1)),
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...readPairs(texts('ENV')) },
    labels: readPairs(texts('LABEL')),
    health: list(texts('HEALTHCHECK').at(-1)),
    user: texts('USER').at(-1) ?? '',
    ports: texts('EXPOSE').map(port => `${port}/tcp`),
  }
}

/** `a=1 b="two words"` */
function readPairs(texts: readonly string[]): Record<string, string> {
  const pairs = [...texts.join(' ').matchAll(/([\w.-]+)=(?:"([^"]*)"|(\S+))/g)]
  return Object.fromEntries(pairs.map(([, name, quoted, plain]) => [name!, quoted ?? plain!]))
}
