import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

t.test('the demo goes through every step and every answer is as it should be', async t => {
  const demo = fileURLToPath(new URL('../cli/demo/main.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [demo])
  const steps = [
    /ms {2}request .*answer\n {2} +\d+\.\d {2}\{"text1":"Windräder[^\n]+\} +0\.\d+\n/,
    /> POST \/models {3}application\/json\n.*\n {3}< 200/,
    /> GET \/models\n {3}< 200 .*\n.*"modelName":"claims"/,
    /> POST \/models\/claims\/invoke {3}text\/csv\n[\s\S]*< 200 .*\n {3}< \["-?0\.\d+"/,
    /"instances"[\s\S]*< 200 .*\n {3}< \{"predictions":\[-?0\.\d+,-?0\.\d+\]\}/,
    /"top":3\}\n {3}< 200[\s\S]*score[^\n]*\n +\d+\.\d\d {2}energie-02 /,
    /pairs of one topic: 0\.\d\d on average/,
    /< 400 .*\n.*text2 is missing/,
    /> POST \/models\/keyphrases\/invoke {3}text\/plain\n[\s\S]*< 200 .*\n/,
    /"explain":true\}\n {3}< 200[\s\S]*\n {2}ADP +DET +NOUN +VERB [^\n]*\n {3}topics: \d+ \(\d+%\)/,
    /> POST \/models\/names\/invoke {3}text\/plain\n[\s\S]*\n {2}ANGELA MERKEL +PER +32-45 +0\.\d\d\n/,
    /> POST \/snowflake\/names [\s\S]*< \{"data":\[\[0,\[\{"text":"Serena Williams".*\[1,null\],\[2,\[\]\],\[3,/,
    /> DELETE \/models\/claims\n {3}< 200/,
    /< 404 .*\n.*MODEL_NOT_LOADED/,
    /claims +unloaded +0 bytes\n[\s\S]*Target-Model: claims\n[\s\S]*claims +ready +\d{5,} bytes\n {3}keyphrases +unloaded/,
    /Done: every answer was as it should be/,
  ]
  for (const step of steps) t.match(stdout, step)

  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const shown = /^```text printed\n(1\. Train a model.*?)```$/ms.exec(readme)![1]!.split('\n')
  // Times are another at each run.
  const lasting = shown.filter(line => line !== '' && !/ ms$|trained in/.test(line))
  t.ok(lasting.length > 15)
  const lines = new Set(stdout.split('\n'))
  for (const line of lasting) t.ok(lines.has(line), `the README shows what the demo prints: ${line}`)
})
