/**
 * What the engine knows of a word, and how features are put together from it. The kernels compute the attributes; their
 * order here is theirs.
 */

/** Raised where the same words would get other attributes, or other hashes. */
export const attributesVersion = 1

/** Of a word's form alone. */
export const wordAttributes = [
  /** Marks for the kernel, not for templates. */
  'traits',
  /** The same for every word. */
  'bias',
  /** As written, digits as 0; as the next ones. */
  'form',
  'lower',
  'prefix1',
  'prefix2',
  'prefix3',
  'prefix4',
  'suffix1',
  'suffix2',
  'suffix3',
  'suffix4',
  'suffix5',
  /** Upper X, lower x, digit d, runs cut at two. */
  'shape',
  'digit',
  'hyphen',
  /** Does it begin with a capital? */
  'initial',
  /** URL, mention, hashtag or plain. */
  'kind',
  'length',
  /** Classes of the lexicon, and how it was found: as written, in lower case, capitalised, by its longest tail. */
  'lexicon',
  /** Classes of the form in lower case and of the capitalised one, side by side. */
  'lexiconCases',
  /** Path in a tree of clusters, so many steps. */
  'cluster4',
  'cluster6',
  'cluster8',
  'cluster10',
  'cluster12',
  'cluster20',
  'cluster14',
  /** Lower case without the # of a hashtag. */
  'bare',
  /** Of its letters: small, all capitals, the first one a capital, others; or none has one. */
  'case',
  /** How often the word has a capital where it need not: never to always in five steps, or unknown. */
  'capitalShare',
  /** For the kernel: the hash that names have; the hash of the form, every unit counted. */
  'nameHash',
  'exact',
] as const

const hidden: readonly string[] = ['traits', 'nameHash', 'exact']

/** Of a word's place in its sentence. */
export const contextAttributes = [
  /** Is it the first word? */
  'start',
  /** Is it the first, or behind a sign such as a colon or an opening quote? */
  'opening',
  /** Is it the last word of its clause, or the one before? */
  'clause',
  /** Of an auxiliary: is there a participle or an infinitive that may go with it? */
  'auxiliary',
  /** The run of capitalised words that it is in. */
  'capitals',
  /** How capitals are used in the sentence: most words are capitals, most begin with one, none has one, mixed. */
  'style',
  /** The place of the word in a name of the gazetteers, with all classes that the name has; or that it is in none. */
  'gazetteers',
  /** The same with each of its classes, as a feature of its own. */
  'gazetteer',
] as const

/** Classes of one name, at most: so many numbers has the last attribute of a place. */
export const classSlots = 4
/** Numbers that a row has of a word's place. */
export const contextSlots = contextAttributes.length - 1 + classSlots

/** How far a template may look. */
export const reach = 2
export const maxTemplates = 128
/** Attributes that one template may combine. */
export const maxParts = 3

export interface TemplatePart {
  /** Index in `wordAttributes`, or in `contextAttributes`. */
  readonly attribute: number
  readonly isContext: boolean
  /** Of which word: -2..2 from the one to be tagged. */
  readonly offset: number
  /** Of `gazetteer`: which class of the name. 0 otherwise. */
  readonly slot: number
}

export interface Template {
  readonly parts: readonly TemplatePart[]
  /** Has it a copy for each training file? */
  readonly hasCopies: boolean
}

/** Has it a feature for each class of the name? */
export const isGazetteer = ({ isContext, attribute }: TemplatePart): boolean =>
  isContext && contextAttributes[attribute] === 'gazetteer'

const partForm = /^([a-zA-Z]+\d*)(?:\[([+-]?\d)\])?$/

/**
 * Reads a template: attributes with a space between them, `lower[-1] lower` for the pair of the word and the one before;
 * a `*` at the end gives each training file a copy of its features.
 *
 * @returns what is wrong with it, where it is none
 */
export function parseTemplate(text: string): Template | string {
  const words = text.split(' ').filter(word => word !== '')
  const hasCopies = words.at(-1) === '*'
  if (hasCopies) words.pop()
  if (words.length < 1 || words.length > maxParts) return `it combines ${words.length} attributes, not 1 to ${maxParts}`
  const parts: TemplatePart[] = []
  for (const word of words) {
    const [, name = '', offsetText = '0'] = partForm.exec(word) ?? []
    const offset = Number(offsetText)
    const isContext = (contextAttributes as readonly string[]).includes(name)
    const attribute = ((isContext ? contextAttributes : wordAttributes) as readonly string[]).indexOf(name)
    if (attribute < 0 || hidden.includes(name)) {
      const known = [...wordAttributes, ...contextAttributes].filter(name => !hidden.includes(name)).join(', ')
      return `"${word}" is no attribute. Known: ${known}; with the word meant in brackets, such as lower[-1]`
    }
    if (Math.abs(offset) > reach) return `"${word}" looks further than ${reach} words`
    parts.push({ attribute, isContext, offset, slot: 0 })
  }
  if (parts.filter(isGazetteer).length > 2) return 'it has the attribute gazetteer more than twice'
  return { parts, hasCopies }
}
