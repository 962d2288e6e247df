import { readFile } from 'node:fs/promises'
import t from 'tap'
import { readTemplate } from '../helpers/cloudformation.js'

const file = (path: string) => new URL(`../../../${path}`, import.meta.url)
const page = await readFile(file('docs/deploy-sagemaker.md'), 'utf8')

/** What is typed; a line that goes on in the next one is one line. */
const commands = [...page.matchAll(/^ *```sh(?: excerpt)?\n(.*?)^ *```$/gms)]
  .map(([, block]) => block!.replaceAll(/\\\n\s*/g, ''))
  .flatMap(block => block.split('\n'))
  .map(line => line.trim())

t.test('the parameters that it names are those of the templates', async t => {
  const parameters: Record<string, string[]> = {}
  for (const name of ['pipeline.yml', 'endpoint.yml']) {
    parameters[name] = Object.keys((await readTemplate(file(`container/${name}`))).Parameters)
  }
  for (const line of commands) {
    const [, template] = /--template-file (\S+)/.exec(line) ?? []
    if (template === undefined) continue
    for (const [, name] of line.matchAll(/\b([A-Z]\w+)=/g))
      t.ok(parameters[template]!.includes(name!), `${name} of ${template}`)
  }
  // In prose, too: what begins as parameters do is one.
  const all = Object.values(parameters).flat()
  const begin =
    /^(?:Capture|Error|Invocations|Keep|Kms|Latency|Max|Memory|Min|ModelCache|Notice|Retention|Traffic|Training|Volume)/
  for (const [, name = ''] of page.matchAll(/`([A-Z][A-Za-z]+)(?:=\w+)?`/g)) {
    if (begin.test(name) && name !== 'TrainingRole') t.ok(all.includes(name), `${name} is a parameter`)
  }
})
