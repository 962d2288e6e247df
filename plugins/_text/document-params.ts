import { Type } from 'modelhost'

/** Params of plugins that learn from the rows of tables: where the texts are. */
export const documentParams = {
  train_df: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[^/\\\\]+$',
      description: 'The one file of the training folder to read; without it all tables, by name.',
    }),
  ),
  column: Type.String({ minLength: 1, default: 'claim_text', description: 'Column that holds the texts.' }),
  columns: Type.Array(Type.String({ minLength: 1 }), {
    maxItems: 100,
    default: [],
    description: 'Several columns that make up the text together, such as a title and a claim; instead of column.',
  }),
}
