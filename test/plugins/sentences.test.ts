import t from 'tap'
import { createTokenizer } from '../../plugins/_text/tokens/tokenizer.js'
import { sentencesOf } from '../helpers/tokens.js'

const german = createTokenizer({ language: 'de', mode: 'text', split_hyphens: false })
const english = createTokenizer({ language: 'en', mode: 'text', split_hyphens: false })
const tweets = createTokenizer({ language: 'de', mode: 'tweets', split_hyphens: false })

t.test('a sentence ends after a full stop, question or exclamation mark', async t => {
  t.strictSame(sentencesOf(german, 'Das stimmt. Wirklich? Ja! Und'), ['Das stimmt .', 'Wirklich ?', 'Ja !', 'Und'])
})

t.test('full stops of abbreviations and ordinals end none', async t => {
  t.strictSame(sentencesOf(german, 'Am 3. Mai kam Dr. Müller, z.B. nach Köln. Dann nicht.'), [
    'Am 3. Mai kam Dr. Müller , z.B. nach Köln .',
    'Dann nicht .',
  ])
  t.strictSame(sentencesOf(english, 'Mr. Smith left the U.S. in Jan. 2020. Good.'), [
    'Mr. Smith left the U.S. in Jan. 2020 .',
    'Good .',
  ])
})

t.test('all punctuation that follows belongs to the sentence, even the quote that opens the next', async t => {
  t.strictSame(sentencesOf(german, '„Nein!“ (Ja?) »Gut.« »Das.'), ['„ Nein ! “ (', 'Ja ? ) »', 'Gut . « »', 'Das .'])
  t.strictSame(sentencesOf(german, 'Er rief: »Wirklich?! ... – Ja.'), ['Er rief : » Wirklich ? ! ... –', 'Ja .'])
})

t.test('signs that are no punctuation, and faces of letters, begin the next one', async t => {
  t.strictSame(sentencesOf(english, 'Yes. $5 is ok. :D fine. ;) good'), [
    'Yes .',
    '$ 5 is ok .',
    ':D fine . ;)',
    'good',
  ])
})

t.test('an ellipsis or a new line ends none; white space after a full stop opens the next', async t => {
  t.strictSame(sentencesOf(german, 'Ja... gut… so'), ['Ja ... gut … so'])
  t.strictSame(sentencesOf(german, 'Eine Zeile\nnoch eine.\nDie dritte'), [
    'Eine Zeile \n noch eine .',
    '\n Die dritte',
  ])
})

t.test('sentence marks of other scripts end sentences', async t => {
  t.strictSame(sentencesOf(english, 'これは本です。 はい！ نعم؟ हाँ। Yes'), [
    'これは本です 。',
    'はい ！',
    'نعم ؟',
    'हाँ ।',
    'Yes',
  ])
})

t.test('no tokens, no sentences; a text without an end is one', async t => {
  t.strictSame(sentencesOf(german, ''), [])
  t.strictSame(sentencesOf(german, ' '), [' '])
  t.strictSame(sentencesOf(german, 'kein Ende'), ['kein Ende'])
  t.strictSame(sentencesOf(german, '...!'), ['... !'])
})

t.test('in tweets a number before a full stop ends its sentence, an ordinal does not', async t => {
  t.strictSame(sentencesOf(tweets, 'Es begann 2020. Am 3. Mai war es vorbei. 😷 Gut'), [
    'Es begann 2020 .',
    'Am 3. Mai war es vorbei .',
    '😷 Gut',
  ])
})
