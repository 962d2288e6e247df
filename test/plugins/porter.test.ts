import fc from 'fast-check'
import t, { type Test } from 'tap'
import { stemEnglish } from '../../plugins/_text/porter.js'
import { Letters } from '../../plugins/_text/porter-letters.js'

function stems(t: Test, pairs: string): void {
  for (const pair of pairs.split(' ')) {
    const [word, stem] = pair.split(':') as [string, string]
    t.equal(stemEnglish(word), stem, word)
  }
}

// Examples of Porter 1980, followed through all steps.
t.test('plurals and past forms lose their ends, and what is left is made a stem', async t => {
  stems(t, 'caresses:caress ponies:poni caress:caress cats:cat feed:feed agreed:agre plastered:plaster bled:bled')
  stems(
    t,
    'motoring:motor sing:sing conflated:conflat troubled:troubl sized:size hopping:hop falling:fall hissing:hiss',
  )
  stems(t, 'fizzed:fizz failing:fail filing:file')
})

t.test('suffixes go in steps, where enough of a word is before them', async t => {
  stems(t, 'relational:relat conditional:condit rational:ration valenci:valenc digitizer:digit conformabli:conform')
  stems(
    t,
    'radicalli:radic differentli:differ vileli:vile analogousli:analog vietnamization:vietnam predication:predic',
  )
  stems(t, 'operator:oper feudalism:feudal decisiveness:decis hopefulness:hope callousness:callous formaliti:formal')
  stems(
    t,
    'sensitiviti:sensit sensibiliti:sensibl triplicate:triplic formative:form formalize:formal electriciti:electr',
  )
  stems(t, 'electrical:electr hopeful:hope goodness:good revival:reviv allowance:allow inference:infer airliner:airlin')
  stems(
    t,
    'gyroscopic:gyroscop adjustable:adjust defensible:defens irritant:irrit replacement:replac adjustment:adjust',
  )
  stems(t, 'dependent:depend adoption:adopt homologou:homolog communism:commun activate:activ angulariti:angular')
  stems(
    t,
    'homologous:homolog effective:effect bowdlerize:bowdler probate:probat rate:rate cease:ceas controll:control',
  )
  stems(t, 'roll:roll generalizations:gener oscillators:oscil')
})

t.test('the extensions are those of NLTK', async t => {
  stems(t, 'skies:sky sky:sky dying:die lying:lie tying:tie news:news innings:inning outing:outing howe:howe')
  stems(t, 'proceed:proceed exceed:exceed succeed:succeed')
  stems(t, 'dies:die died:die flies:fli cried:cri ties:tie is:is as:as')
  stems(t, 'happy:happi enjoy:enjoy say:say fly:fli by:by')
  stems(t, 'geologi:geolog archaeology:archaeolog hopefulli:hope sensationalli:sensat oed:o')
})

t.test('upper case is lowered, other characters count as consonants', async t => {
  stems(t, 'SKIES:sky Meetings:meet Dies:die naïve:naïv é:é x-ing:x-ing covid-19s:covid-19 5g:5g 😀s:😀s a😀😀ed:a😀')
  t.equal(stemEnglish(''), '')
})

/** What Porter's paper says of a word, by regular expressions over c and v. */
function byDefinition(word: string) {
  let form = ''
  for (const letter of word) form += /[aeiou]/.test(letter) || (letter === 'y' && form.endsWith('c')) ? 'v' : 'c'
  const letters = [...word]
  const [last, before] = [letters.at(-1), letters.at(-2)]
  return {
    measure: (form.match(/vc/g) ?? []).length,
    hasVowel: form.includes('v'),
    endsShort: form === 'vc' || (form.endsWith('cvc') && !/[wxy]/.test(last!)),
    // In yyy the last y is a consonant and the one before a vowel: NLTK takes them for a double consonant.
    endsDouble: form.endsWith('c') && last === before,
  }
}

t.test('of any word, and of any of its beginnings, Letters says what the paper does', async () => {
  const letters = new Letters()
  const word = fc.array(fc.constantFrom(...'aeiouyybtwxzé1😀'), { maxLength: 90 }).map(parts => parts.join(''))
  fc.assert(
    fc.property(word, text => {
      letters.open(text)
      const points = [...text]
      if (letters.count !== points.length || letters.toString() !== text) return false
      for (let n = letters.count; n >= 0; n--) {
        const expected = byDefinition(points.slice(0, n).join(''))
        letters.cut(letters.count - n)
        const found = {
          measure: letters.measure(n),
          hasVowel: letters.hasVowel(n),
          endsShort: letters.endsShort(n),
          endsDouble: letters.endsDouble(),
        }
        if (JSON.stringify(found) !== JSON.stringify(expected)) return false
      }
      return true
    }),
    { numRuns: 2000 },
  )
})

t.test('no text is too strange, and a long run of one letter takes no time', async t => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => stemEnglish(text).length <= text.toLowerCase().length + 1),
  )
  for (const letter of ['a', 'y', 's', '😀', '\ud83d']) {
    t.ok(stemEnglish(letter.repeat(200_000)).length >= 200_000 - 2, letter)
  }
})
