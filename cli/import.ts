import { formatBytes, parseBytes } from '../core/quantities.js'
import { defineCommand, UsageError } from './command.js'
import { parseSettings, readParams } from './given-params.js'
import { defaultLimits } from './import/limits.js'
import { runJob } from './job.js'
import { logLevel, logLevelOption, positiveInteger } from './options.js'

export const importCommand = defineCommand({
  name: 'import',
  summary: 'make an artifact of a model that pke or gensim has written',
  description: [
    'Makes an artifact of a model of another library. What the file is, its content tells:',
    '- topics of pke, a pickle that mostly is packed by gzip: a model of TopicalPageRank',
    '- a Doc2Vec, a Word2Vec or word vectors of gensim, by pickle.dump or by its save: a model of DocSim',
    '- vectors as word2vec writes them, as text or binary, packed by gzip or not: a model of DocSim',
    'The file is read as data: nothing in it is run, and a pickle that names what no such model needs is refused.',
    'An artifact of the same plugin in DIR is replaced when the new one was loaded once, and only then.',
    'What was found, and where it went, is said on stdout; what to know of it, on stderr.',
  ].join('\n'),
  arguments: { FILE: { description: 'The model file. Arrays that gensim has saved beside it must be there, too.' } },
  options: {
    output: { value: 'DIR', required: true, description: 'Folder for the artifact; made when it does not exist.' },
    params: {
      value: 'FILE',
      description:
        'Params as a JSON object, "examples" among them; the params file that the model was trained with will do.',
    },
    set: { value: 'key=value', repeat: true, description: 'One param; wins over --params. May be repeated.' },
    'max-unpacked-bytes': {
      value: 'BYTES',
      description: `What a packed file may become at most (default: ${formatBytes(defaultLimits.maxUnpackedBytes)}).`,
    },
    'max-unpack-ratio': {
      value: 'N',
      description: `Bytes that one byte of a packed file may become, beyond the first 16 MiB (default: ${defaultLimits.maxUnpackRatio}).`,
    },
    json: { description: 'Print the result as JSON.' },
    'log-level': logLevelOption,
  },
  examples: {
    'modelhost import lda.pickle.gz --params TopicalPageRank-params.json --output out/keyphrases':
      'makes an artifact of topics of pke, with the params that they were trained with',
    'modelhost import doc2vec.model --output out/claims': 'makes an artifact of a Doc2Vec of gensim',
    'modelhost import cc.de.300.vec.gz --set language=de --output out/words':
      'makes an artifact of word vectors in the text format of word2vec',
  },
  async run(given) {
    const { FILE: file, output, json } = given
    const limits = {
      maxUnpackedBytes: bytes(given['max-unpacked-bytes']) ?? defaultLimits.maxUnpackedBytes,
      maxUnpackRatio: given['max-unpack-ratio']
        ? positiveInteger('--max-unpack-ratio', given['max-unpack-ratio'])
        : defaultLimits.maxUnpackRatio,
    }
    const params = { ...(await readParams(given.params)), ...parseSettings(given.set) }
    const { importModel } = await import('./import/import-model.js')
    const result = await runJob(logLevel(given['log-level'], 'info'), ({ log, signal }) =>
      importModel({ file, output, params, limits, log, signal }),
    )
    if (json) {
      process.stdout.write(`${JSON.stringify(result)}\n`)
      return
    }
    const { folder, plugin, source, figures, files } = result
    const written = files.map(({ name, bytes: size }) => `${name} (${formatBytes(size)})`).join(', ')
    const counted = Object.entries(figures).map(([name, count]) => `${name} ${count}`)
    process.stdout.write(`${folder}: ${written}\n${plugin} of ${source}: ${counted.join(', ')}\n`)
  },
})

/** @throws UsageError where it is no size */
function bytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const size = parseBytes(text)
  if (size) return size
  throw new UsageError(`--max-unpacked-bytes is "${text}". Write a size, such as 16GB.`)
}
