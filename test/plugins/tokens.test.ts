import fc from 'fast-check'
import t from 'tap'
import { createTokenizer } from '../../plugins/_text/tokens/tokenizer.js'
import { tokenKind } from '../../plugins/_text/tokens/tokens.js'
import { checkOffsets, hostileText, kindsOf, modes, tokensOf } from '../helpers/tokens.js'

const german = createTokenizer({ language: 'de', mode: 'text', split_hyphens: false })
const english = createTokenizer({ language: 'en', mode: 'text', split_hyphens: false })
const split = createTokenizer({ language: 'en', mode: 'text', split_hyphens: true })
const other = createTokenizer({ language: 'fr', mode: 'text', split_hyphens: false })

t.test('German abbreviations, ordinals and compounds are one token each', async t => {
  t.equal(
    tokensOf(german, 'Die FFP2-Masken-Pflicht gilt, z.B. in Köln, ab 3. Mai; das sagte Dr. Müller (SPD).'),
    'Die FFP2-Masken-Pflicht gilt , z.B. in Köln , ab 3. Mai ; das sagte Dr. Müller ( SPD ) .',
  )
  t.equal(tokensOf(german, 'Kosten: ca. 1.000.000 Euro (12,5 %) usw.'), 'Kosten : ca. 1.000.000 Euro ( 12,5 % ) usw.')
})

t.test('German cuts at slashes and number ranges, never at a hyphen between letters', async t => {
  t.equal(tokensOf(german, 'und/oder USA/EU 2-3 Tage Nord-Süd'), 'und / oder USA / EU 2 - 3 Tage Nord-Süd')
  const asked = createTokenizer({ language: 'de', mode: 'text', split_hyphens: true })
  t.equal(tokensOf(asked, 'Nord-Süd-Richtung'), 'Nord-Süd-Richtung')
})

t.test('German keeps what an apostrophe joins', async t => {
  t.equal(tokensOf(german, "Wie geht's? Hans' Hut."), "Wie geht's ? Hans ' Hut .")
})

t.test('English contractions and possessives are cut', async t => {
  t.equal(
    tokensOf(english, "They can't say it's O'Neill's, we've cannot and gonna."),
    "They ca n't say it 's O'Neill 's , we 've can not and gon na .",
  )
  t.equal(tokensOf(english, 'I’m sure they don’t, he isnt'), 'I ’m sure they do n’t , he is nt')
})

t.test('English keeps abbreviations and initials, cuts units and currency from numbers', async t => {
  t.equal(
    tokensOf(english, 'Mr. J. Smith, e.g. in the U.S., paid $5.50 (5%) for 10km at 7am.'),
    'Mr. J. Smith , e.g. in the U.S. , paid $ 5.50 ( 5 % ) for 10 km at 7 am .',
  )
})

t.test('hyphens between letters cut English words only where that is asked for', async t => {
  t.equal(
    tokensOf(english, 'A long-term, state-of-the-art plan—really'),
    'A long-term , state-of-the-art plan — really',
  )
  t.equal(tokensOf(split, 'A long-term plan, 15-year'), 'A long - term plan , 15 - year')
  t.equal(tokensOf(other, 'peut-être'), 'peut-être')
})

t.test('a language without rules of its own has the general ones, without special cases', async t => {
  t.equal(tokensOf(other, "Voilà: M. Dupont n'a pas dit «oui». Don't"), "Voilà : M. Dupont n'a pas dit « oui » . Don't")
})

t.test('quotes, brackets and dots are cut off one by one, runs of full stops stay together', async t => {
  t.equal(
    tokensOf(german, '„Das ist falsch“, sagte er. »Nein!« (Ja...)'),
    '„ Das ist falsch “ , sagte er . » Nein ! « ( Ja ... )',
  )
  t.equal(tokensOf(english, '["quoted"]... (x,y)'), '[ " quoted " ] ... ( x , y )')
  t.equal(tokensOf(german, '(Dr. Müller, (z.B.'), '( Dr. Müller , ( z.B.', 'a bracket first, and what is left is known')
  t.equal(tokensOf(english, 'the end."Next'), 'the end . "Next')
})

t.test('links and addresses are one token, without the punctuation behind them', async t => {
  const text = 'See https://t.co/AbC123, www.example.org/x?y=1 or info@example.org.'
  t.equal(tokensOf(english, text), 'See https://t.co/AbC123 , www.example.org/x?y=1 or info@example.org .')
  t.strictSame(kindsOf(english, text), 'word url punctuation url word email punctuation'.split(' '))
  t.strictSame(kindsOf(english, `${'a'.repeat(64)}.com ${'a'.repeat(65)}.com`), ['url', 'word'], 'labels have a bound')
})

t.test('faces stay whole, also where they touch a word or a bracket', async t => {
  t.equal(tokensOf(english, 'fine:) (:-P) <3'), 'fine :) ( :-P ) <3')
  t.strictSame(kindsOf(english, ':) ;-)'), ['emoticon', 'emoticon'])
})

t.test('one space separates; further white space is a token', async t => {
  const text = ' a  b\n c \t\n d '
  t.equal(tokensOf(german, text, '|'), ' |a| |b|\n |c|\t\n |d')
  t.strictSame(kindsOf(german, text), ['space', 'word', 'space', 'word', 'space', 'word', 'space', 'word'])
  t.equal(german('').count, 0)
  t.equal(tokensOf(german, ' ', '|'), ' ')
})

t.test('kinds tell words, numbers, signs and emoji apart', async t => {
  const kinds = kindsOf(german, 'Köln 12,5 ! € 😷 @RKI_de 5G-Netz')
  t.strictSame(kinds, ['word', 'number', 'punctuation', 'other', 'emoji', 'mention', 'word'])
})

t.test('the arrays are used again: an answer is valid until the next call', async t => {
  const tokenize = createTokenizer({ language: 'de', mode: 'text', split_hyphens: false })
  const first = tokenize('Der erste Satz ist lang.')
  t.equal(first.count, 6)
  const second = tokenize('Kurz.')
  t.equal(second, first, 'the same object')
  t.equal(second.count, 2)
  t.equal(tokensOf(tokenize, 'Der erste Satz ist lang.'), 'Der erste Satz ist lang .')
})

t.test('all who ask for the same way of cutting share its arrays', async t => {
  const french = createTokenizer({ language: 'fr', mode: 'text', split_hyphens: false })
  t.equal(other, french)
  t.equal(createTokenizer({ language: 'es', mode: 'text', split_hyphens: false }), french, 'without rules of its own')
  t.not(createTokenizer({ language: 'fr', mode: 'text', split_hyphens: true }), french)
  t.not(createTokenizer({ language: 'fr', mode: 'tweets', split_hyphens: false }), french)
})

t.test('tokenisers do not disturb each other', async t => {
  const one = german('Das gilt z.B. hier.')
  english("I can't.")
  t.equal(one.count, 5)
  t.equal(one.kinds[2], tokenKind.word)
})

t.test('tokens cover every character but separating spaces, in order, whatever the text', async t => {
  for (const tokenize of modes) {
    fc.assert(
      fc.property(hostileText, text => {
        checkOffsets(text, tokenize(text))
      }),
      { numRuns: 400 },
    )
  }
  t.pass()
})

t.test('a text gives the same tokens after any other text', async t => {
  for (const tokenize of modes) {
    fc.assert(
      fc.property(hostileText, hostileText, (text, between) => {
        const before = tokensOf(tokenize, text, '\0')
        tokenize(between)
        return tokensOf(tokenize, text, '\0') === before
      }),
    )
  }
  t.pass()
})
