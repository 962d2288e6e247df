import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

t.test('the demo goes through every step and every answer is as it should be', async t => {
  const demo = fileURLToPath(new URL('../cli/demo.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [demo])
  const steps = [
    /ms {2}request .*answer\n {2} +\d+\.\d {2}\{"text1":"Windräder[^\n]+\} +0\.\d+\n/,
    /> POST \/models {3}application\/json\n.*\n {3}< 200/,
    /> GET \/models\n {3}< 200 .*\n.*"modelName":"claims"/,
    /> POST \/models\/claims\/invoke {3}text\/csv\n[\s\S]*< 200 .*\n {3}< \["-?0\.\d+"/,
    /"instances"[\s\S]*< 200 .*\n {3}< \{"predictions":\[-?0\.\d+,-?0\.\d+\]\}/,
    /pairs of one topic: 0\.\d\d on average/,
    /< 400 .*\n.*text2 is missing/,
    /> DELETE \/models\/claims\n {3}< 200/,
    /< 404 .*\n.*MODEL_NOT_LOADED/,
    /Done: every answer was as it should be/,
  ]
  for (const step of steps) t.match(stdout, step)
})
