import type { Entity } from '../../_text/entities/tags.js'

/** One sentence or text of a gold file. */
export interface GoldCase {
  /** What the model is asked: tokens of a sentence, or a text. */
  readonly asked: readonly string[] | string
  /** Its names but for mentions; places are in what is asked. */
  readonly gold: readonly Entity[]
  /** All its names, as the file has them. */
  readonly all: readonly Entity[]
  /** Has `all` names that are mentions, or in part? */
  readonly hasMentions: boolean
  isMention(entity: Entity): boolean
  /** A name that was found, as the file would have it: one that cuts mentions in two has two. */
  asInFile(entity: Entity): readonly Entity[]
  textOf(entity: Entity): string
  /** The lines of the file, with these names instead of its own. */
  format(entities: readonly Entity[]): string
  /** `line 3 of gold.conll`. */
  readonly place: string
}
