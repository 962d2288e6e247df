import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { Type } from 'modelhost'
import { findProblem } from '../../../core/check.js'
import { columnOf, readTables } from '../../../plugins/_text/table.js'
import { readLines } from '../../../plugins/_text/text-files.js'

const closed = { additionalProperties: false }
const markSchema = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9]+$' }),
    text_sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    entities: Type.Array(
      Type.Object(
        {
          start: Type.Integer({ minimum: 0 }),
          end: Type.Integer({ minimum: 1 }),
          label: Type.Enum(['PER', 'ORG', 'LOC']),
        },
        closed,
      ),
    ),
  },
  closed,
)

/** Entities of one tweet, without its text: spans in order, apart, in UTF-16 units, `end` exclusive. */
export type Mark = Type.Static<typeof markSchema>

export interface MarkedTweet {
  readonly id: string
  /** As the archive has it. */
  readonly text: string
  readonly entities: Mark['entities']
}

const refuse = (problem: string, cause?: unknown) => new Error(problem, { cause })

/**
 * Marks of a file, each with the text of its tweet, in the order of the file.
 *
 * @param marks    JSON lines of `Mark`
 * @param archive  a CSV file with the columns `id_str` and `text`, may be packed as `.gz`
 * @throws Error where a line is no mark, and where the archive lacks a tweet or has another text for it
 */
export async function readMarkedTweets(marks: string, archive: string): Promise<MarkedTweet[]> {
  const wanted = await readMarks(marks)
  const texts = await textsOf(archive, new Set(wanted.keys()))
  const missing = [...wanted.keys()].filter(id => !texts.has(id))
  if (missing.length > 0) {
    const some = missing.slice(0, 5).join(', ')
    throw refuse(
      `${basename(archive)} lacks ${missing.length} of the ${wanted.size} tweets of ${basename(marks)} (first: ${some}). Give an archive that holds them all.`,
    )
  }
  return [...wanted.values()].map(({ id, text_sha256, entities }) => {
    const text = texts.get(id)!
    if (createHash('sha256').update(text).digest('hex') !== text_sha256) {
      throw refuse(
        `The text of tweet ${id} in ${basename(archive)} is not the one that was marked in ${basename(marks)}. Give the archive with texts as they were published.`,
      )
    }
    const last = entities.at(-1)
    if (last && last.end > text.length) throw refuse(`${basename(marks)}: tweet ${id} ends before its last entity.`)
    return { id, text, entities }
  })
}

async function readMarks(path: string): Promise<Map<string, Mark>> {
  const marks = new Map<string, Mark>()
  let number = 0
  for await (const lines of readLines(path, refuse)) {
    for (const line of lines) {
      const place = `Line ${++number} of ${basename(path)}`
      const mark = parseMark(line, place)
      if (marks.has(mark.id)) throw refuse(`${place} marks tweet ${mark.id} a second time.`)
      let end = 0
      for (const entity of mark.entities) {
        if (entity.start < end || entity.end <= entity.start) {
          throw refuse(`${place}: the entity from ${entity.start} to ${entity.end} is empty or not behind the last.`)
        }
        end = entity.end
      }
      marks.set(mark.id, mark)
    }
  }
  return marks
}

function parseMark(line: string, place: string): Mark {
  let mark: unknown
  try {
    mark = JSON.parse(line)
  } catch (error) {
    throw refuse(`${place} is no JSON.`, error)
  }
  const problem = findProblem(markSchema, mark, 'The mark')
  if (problem) throw refuse(`${place}: ${problem}`)
  return mark as Mark
}

async function textsOf(archive: string, ids: ReadonlySet<string>): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  for await (const table of readTables({ path: archive, refuse })) {
    const [idAt, textAt] = ['id_str', 'text'].map(name => columnOf(table, name, refuse)) as [number, number]
    for await (const cells of table.rows) {
      const id = cells[idAt]
      if (id !== undefined && ids.has(id)) texts.set(id, cells[textAt] ?? '')
    }
  }
  return texts
}
