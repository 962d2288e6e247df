import type { Evaluated } from '../core/host.js'
import { artifactFolder, artifactHelp } from './artifact-target.js'
import { defineCommand, UsageError } from './command.js'
import { runJob } from './job.js'
import { logLevel, logLevelOption, pluginOption } from './options.js'
import { planPredictions } from './predictions-file.js'
import { formatTable } from './text.js'

export const evaluateCommand = defineCommand({
  name: 'evaluate',
  summary: 'measure how good a model is',
  description: [
    'Asks a model what a gold file has the answers to, and prints its measures: those of its plugin.',
    'DocSim takes pairs of texts with a score, or the relevant documents of queries; Tagger a treebank in CoNLL-U;',
    'NER sentences with their names, in CoNLL format or as JSON lines; TopicalPageRank documents with their keyphrases,',
    'as JSON lines. docs/evaluating.md has the forms.',
    'The measures go to stdout, progress and log lines to stderr.',
  ].join('\n'),
  arguments: { DIR: { description: artifactHelp } },
  options: {
    gold: { value: 'FILE', required: true, description: 'What is right; the plugin says in which form.' },
    queries: { value: 'FILE', description: 'What is asked, where the gold file only names it.' },
    documents: { value: 'FILE', description: 'What is searched in, where the model has no documents of its own.' },
    predictions: {
      value: 'FILE',
      description: 'Write what the model answered, in the form of the gold file; packed where FILE ends with .gz.',
    },
    plugin: pluginOption,
    json: { description: 'Print JSON instead of a table.' },
    'log-level': logLevelOption,
  },
  examples: {
    'modelhost evaluate out/claims --gold pairs.csv':
      'correlates similarities with the scores of pairs (sentence1,sentence2,score)',
    'modelhost evaluate out/claims --gold qrels.tsv --queries queries.tsv --documents claims.csv':
      'ranks documents for each query, and measures how far up the relevant ones stand',
    'modelhost evaluate tagger:de --gold treebank.conllu': 'measures the German tagger that comes with the package',
    'modelhost evaluate out/names --gold dev.conll': 'measures which names are found, with which errors',
    'modelhost evaluate out/claims --gold pairs.csv --predictions out.csv --json':
      'writes the predicted scores to out.csv, and prints JSON',
  },
  async run({ DIR: target, gold, queries, documents, predictions, plugin, json, 'log-level': level }) {
    for (const [name, path] of Object.entries({ gold, queries, documents, predictions })) {
      // As an unset variable of a shell gives it.
      if (path === '') throw new UsageError(`--${name} is empty. Name a file.`)
    }
    const folder = artifactFolder(target)
    const files = { gold, ...(queries ? { queries } : {}), ...(documents ? { documents } : {}) }
    const output = predictions && (await planPredictions(predictions, folder, files))
    const { evaluate } = await import('../core/host.js')
    const evaluated = await runJob(logLevel(level, 'info'), async tools => {
      const found = await evaluate({ artifact: folder, plugins: plugin, files, ...tools })
      if (output) await output.write(found.predictions)
      return found
    })
    const { predictions: _, ...report } = evaluated
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : render(report))
  },
})

type Report = Omit<Evaluated, 'predictions'>

function render({ folder, plugin, task, cases, unit, measures, tables = {} }: Report): string {
  const figures = align(Object.values(measures).map(({ value }) => value.toFixed(decimals)))
  const rows = Object.entries(measures).map(([name, { description = '' }], i) => [name, figures[i]!, description])
  const parts = [
    `${folder}\n${plugin}, ${task}: ${cases} ${unit}\n`,
    formatTable([['measure', 'value', ''], ...rows]),
    ...Object.entries(tables).map(([title, table]) => `${title}\n${renderTable(table)}`),
  ]
  return parts.join('\n')
}

function renderTable(table: NonNullable<Report['tables']>[string]): string {
  const columns = [...new Set(Object.values(table).flatMap(row => Object.keys(row)))]
  const aligned = columns.map(column => {
    return align([column, ...formatColumn(Object.values(table).map(row => row[column]))])
  })
  return formatTable(['', ...Object.keys(table)].map((name, i) => [name, ...aligned.map(cells => cells[i]!)]))
}

const decimals = 4

/** Whole numbers are counts where a column has no others. */
function formatColumn(values: readonly (number | undefined)[]): string[] {
  const areCounts = values.every(value => value === undefined || Number.isInteger(value))
  return values.map(value => value?.toFixed(areCounts ? 0 : decimals) ?? '')
}

/** Numbers stand at the right, so that the points stand below each other. */
function align(texts: readonly string[]): string[] {
  const width = Math.max(...texts.map(text => text.length))
  return texts.map(text => text.padStart(width))
}
