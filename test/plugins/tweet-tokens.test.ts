import fc from 'fast-check'
import t from 'tap'
import { createTokenizer } from '../../plugins/_text/tokens/tokenizer.js'
import { kindsOf, tokensOf } from '../helpers/tokens.js'

const german = createTokenizer({ language: 'de', mode: 'tweets', split_hyphens: false })
const english = createTokenizer({ language: 'en', mode: 'tweets', split_hyphens: false })
const split = createTokenizer({ language: 'en', mode: 'tweets', split_hyphens: true })

t.test('a retweet is read token by token, names, hashtags and links whole', async t => {
  const text = 'RT @realDonaldTrump: Make America great again!! #MAGA https://t.co/AbC123… @a_b'
  t.equal(
    tokensOf(english, text),
    'RT @realDonaldTrump : Make America great again ! ! #MAGA https://t.co/AbC123 … @a_b',
  )
  t.strictSame(
    kindsOf(english, 'RT @x: #MAGA https://t.co/A me@x.org 😷 :-) 12 €'),
    'word mention punctuation hashtag url email emoji emoticon number other'.split(' '),
  )
})

t.test('links end before punctuation, quotes and emoji', async t => {
  t.equal(
    tokensOf(english, '(https://t.co/a). “www.x.org/?q=1”, HTTPS://X.de/a!'),
    '( https://t.co/a ) . “ www.x.org/?q=1 ” , HTTPS://X.de/a !',
  )
  t.equal(tokensOf(english, 'https://t.co/a😷 http://'), 'https://t.co/a 😷 http : / /')
})

t.test('hosts without a scheme are links where they look like one', async t => {
  t.equal(
    tokensOf(english, 'pic.twitter.com/aB1 bit.ly/x. spiegel.de, stop.it now.Then'),
    'pic.twitter.com/aB1 bit.ly/x . spiegel.de , stop . it now . Then',
  )
})

t.test('e-mail addresses are one token, a name after a letter is not part of it', async t => {
  t.equal(tokensOf(english, 'mail a.b+c@mail.example.org. a@b @x@y'), 'mail a.b+c@mail.example.org . a @b @x @y')
})

t.test('hashtags end at a hyphen, names after twenty letters', async t => {
  t.equal(tokensOf(german, '#Corona-Regeln #Grüße_2020! #5G # ##a'), '#Corona - Regeln #Grüße_2020 ! #5G # # #a')
  t.equal(tokensOf(german, `@${'a'.repeat(25)}`), `@${'a'.repeat(20)} aaaaa`)
})

t.test('emoji are what people see as one', async t => {
  t.equal(tokensOf(english, '👨‍👩‍👧‍👦👍🏽🇩🇪🇫🇷1️⃣❤️™️😷😷'), '👨‍👩‍👧‍👦 👍🏽 🇩🇪 🇫🇷 1️⃣ ❤️ ™️ 😷 😷')
  t.ok(kindsOf(english, '👨‍👩‍👧‍👦👍🏽🇩🇪1️⃣❤️™️').every(kind => kind === 'emoji'))
  t.strictSame(kindsOf(english, '° ©'), ['other', 'other'])
})

t.test('rows of emoji are cut where graphemes end', async t => {
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
  const emoji = '😷 👍🏽 🇩🇪 🇺🇸 👨‍👩‍👧‍👦 ❤️ ❤️‍🔥 🏳️‍🌈 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👩🏽‍⚕️ 🤷🏼‍♀️ ☀️ ⭐ ✅ 1️⃣ #️⃣ 🦠 💉 🫶🏿 🧑‍🤝‍🧑'.split(' ')
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...emoji), { minLength: 1, maxLength: 12 }), row => {
      const text = row.join('')
      const graphemes = Array.from(segmenter.segment(text), ({ segment }) => segment).join(' ')
      return tokensOf(english, text) === graphemes && kindsOf(english, text).every(kind => kind === 'emoji')
    }),
  )
  t.pass()
})

t.test('faces are tokens, but not in links, times and words', async t => {
  t.equal(tokensOf(english, 'lol:) ok :D xD <3 ¯\\_(ツ)_/¯ ^_^'), 'lol :) ok :D xD <3 ¯\\_(ツ)_/¯ ^_^')
  t.equal(tokensOf(english, 'x:Dog page:3 8:30 xDog'), 'x : Dog page : 3 8:30 xDog')
})

t.test('numbers, dates and times stay whole', async t => {
  t.equal(
    tokensOf(german, '12,5 % 1.000.000 20:15 24/7 2020-05-13 24.12.2020 2-3 5G'),
    '12,5 % 1.000.000 20:15 24/7 2020-05-13 24.12.2020 2 - 3 5G',
  )
  t.equal(tokensOf(english, '$5.50 (3) 50-year-old 2nd 10am.'), '$ 5.50 ( 3 ) 50-year-old 2nd 10 am .')
})

t.test('a German ordinal keeps its full stop, a number at the end of a sentence does not', async t => {
  t.equal(
    tokensOf(german, 'Am 3. Mai, im 19. Jahrhundert, vom 1.-3. und am 24.12.'),
    'Am 3. Mai , im 19. Jahrhundert , vom 1. - 3. und am 24.12.',
  )
  t.equal(tokensOf(german, 'Es waren 300. Danach 2020. Platz 3.'), 'Es waren 300 . Danach 2020 . Platz 3 .')
  t.equal(tokensOf(english, 'Room 3. Then'), 'Room 3 . Then')
})

t.test('abbreviations and initials keep their full stops', async t => {
  t.equal(tokensOf(german, 'z.B. d.h. u.s.w. Dr. Müller usw. Ende.'), 'z.B. d.h. u.s.w. Dr. Müller usw. Ende .')
  t.equal(
    tokensOf(english, 'Mr. Smith vs. the U.S. w/ J. Doe, Ph.D. and/or me'),
    'Mr. Smith vs. the U.S. w/ J. Doe , Ph.D. and/or me',
  )
})

t.test('English contractions are cut in any case, German ones are not', async t => {
  t.equal(
    tokensOf(english, "I can't. DON'T! Trump’s WE'LL cannot rock'n'roll"),
    "I ca n't . DO N'T ! Trump ’s WE 'LL can not rock'n'roll",
  )
  t.equal(tokensOf(english, '@NYMag’s #MAGA’s'), '@NYMag ’s #MAGA ’s')
  t.equal(tokensOf(german, "geht's Trump’s"), "geht's Trump’s")
})

t.test('hyphenated words stay whole; English ones are cut where that is asked for', async t => {
  t.equal(tokensOf(german, 'Bundes- und Covid-19-Impfung - so'), 'Bundes- und Covid-19-Impfung - so')
  t.equal(tokensOf(english, 'long-term CVE-2017-6952 ex- a -- b'), 'long-term CVE-2017-6952 ex - a -- b')
  t.equal(tokensOf(split, 'long-term F-16'), 'long - term F-16')
})

t.test('entities stay whole, signs of direction are no part of a name', async t => {
  t.equal(tokensOf(english, 'A&amp;B &gt; C & D'), 'A &amp; B &gt; C & D')
  t.equal(tokensOf(english, '\u2066@user\u2069 x'), '\u2066 @user \u2069 x')
})
