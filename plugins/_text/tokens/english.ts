/** English abbreviations whose full stop belongs to them, and contractions as they are cut; written for this project. */
const titles =
  'Mr. Mrs. Ms. Messrs. Dr. Prof. Rev. Sen. Rep. Gov. Gen. Adm.  Col. Lt. Sgt. Maj. Cmdr. Hon. Pres. St. Jr. Sr. Esq.'
const companies = 'Inc. Corp. Co. co. Ltd. Bros.'
const months = 'Jan. Feb. Mar. Apr. Jun. Jul. Aug. Sep. Sept. Oct. Nov. Dec.'
const states = `
  Ala. Ariz. Ark. Calif. Colo. Conn. Del. Fla. Ga. Ia. Id. Ill. Ind. Kan. Kans. Ky. La. Md. Mass. Mich. Minn. Miss. Mo.
  Mont. Neb. Nebr. Nev. Okla. Ore. Pa. Tenn. Va. Wash. Wis. Mt. D.C. N.C. N.D. N.H. N.J. N.M. N.Y. S.C. S.D. R.I. W.Va.
`
const others = 'vs. v.s. a.m. p.m. e.g. E.g. E.G. i.e. I.e. I.E. Ph.D. M.D. B.A. M.A. B.Sc. M.Sc.'

const words = (list: string): string[] => list.trim().split(/\s+/)

export const englishAbbreviations: readonly string[] = [titles, companies, months, states, others].flatMap(words)

/** Kept whole although they hold a sign that cuts. */
export const englishWhole: readonly string[] = words(
  "and/or w/o w/ ma'am o'clock O'clock ol' Ol' 'em 'til 'Til 'cause 'Cause 'bout 'cos 'Cos 'coz 'cuz 'Cuz 'nuff 'tis 'twas " +
    "nothin' Nothin' somethin' goin' Goin' doin' Doin' lovin' Lovin' havin' Havin' nuthin' 's 'S 'm 're 've 'll 'd",
)

const pronouns = 'i you he she it we they'
const questions = 'who what when where why how that there this these those'
/** Without its apostrophe it is another word. */
const ambiguous = new Set(words('ill hell shell well were wed shed whore its'))

/** Which endings a word takes: `i` takes `'m`. */
const endings: readonly (readonly [heads: string, tails: string])[] = [
  [pronouns, "'ll 'd 'll|'ve 'd|'ve"],
  [questions, "'s 'll 'd 've 're 'll|'ve 'd|'ve"],
  ['i', "'m 'm|a"],
  ['i you we they', "'ve"],
  ['you we they', "'re"],
  ['he she it', "'s"],
  ['could might must should would', "'ve"],
]
const negated =
  'ai are ca could dare did do does had has have is may might must need ought sha should was were wo would'
const negatedWithHave = 'ca could might must should would'
const cut = "can|not gon|na got|ta let|'s y'|all c'm|on not|'ve"

const capitalised = (word: string): string => `${word[0]!.toUpperCase()}${word.slice(1)}`
/** Written small, with a capital, with a typographic apostrophe. */
const spellings = (form: string): string[] =>
  [form, capitalised(form)].flatMap(each => [each, each.replaceAll("'", '’')])
const bare = (form: string): string => form.replaceAll("'", '')
const join = (form: string): string => form.replaceAll('|', '')

function* contractions(): Generator<string> {
  for (const [heads, tails] of endings) {
    for (const head of words(heads)) {
      for (const tail of words(tails)) {
        const form = `${head}|${tail}`
        yield form
        if (!ambiguous.has(bare(join(form)))) yield bare(form)
      }
    }
  }
  for (const head of words(negated)) {
    yield `${head}|n't`
    yield `${head}|nt`
  }
  for (const head of words(negatedWithHave)) {
    yield `${head}|n't|'ve`
    yield `${head}|nt|ve`
  }
  yield* words(cut)
}

/** Contractions with `|` where they are cut: `do|n't`. */
export const englishContractions: readonly string[] = [...contractions()].flatMap(spellings)

/** `10am`, `5p.m.`: the number and what follows. */
export const englishTimes: readonly string[] = Array.from({ length: 12 }, (_, hour) => `${hour + 1}`).flatMap(hour =>
  ['am', 'pm', 'a.m.', 'p.m.'].map(half => `${hour}|${half}`),
)
