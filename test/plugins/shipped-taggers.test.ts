import { readFile, stat } from 'node:fs/promises'
import { TensorFile } from 'modelhost'
import t from 'tap'
import { shippedLanguages, shippedTagger } from '../../plugins/_text/tagging/shipped.js'
import { readTaggerFile } from '../../plugins/_text/tagging/tagger-file.js'

t.test('the taggers of the package tag words in and out of their treebanks', async t => {
  const sentences: Record<string, readonly string[]> = {
    de: [
      'Die/DET Bundesregierung/NOUN hat/AUX im/ADP Frühjahr/NOUN neue/ADJ Corona-Regeln/NOUN beschlossen/VERB ./PUNCT',
      'Angela/PROPN Merkel/PROPN trank/VERB gestern/ADV keinen/DET Kaffee/NOUN ,/PUNCT weil/SCONJ sie/PRON müde/ADJ war/AUX ./PUNCT',
    ],
    en: [
      "The/DET new/ADJ vaccine/NOUN does/AUX n't/PART change/VERB your/PRON DNA/NOUN ,/PUNCT experts/NOUN say/VERB ./PUNCT",
      'Donald/PROPN Trump/PROPN quickly/ADV left/VERB for/ADP London/PROPN in/ADP 2018/NUM ./PUNCT',
    ],
  }
  for (const language of shippedLanguages) {
    const tagger = await readTaggerFile(shippedTagger(language)!)
    t.equal(tagger.language, language)
    t.match(tagger.version, /^\d+\.\d+\.\d+$/)
    t.match(tagger.hash, /^[0-9a-f]{64}$/)
    for (const sentence of sentences[language]!) {
      const pairs = sentence.split(' ').map(pair => pair.split('/') as [string, string])
      const out = new Uint8Array(pairs.length)
      tagger.tagWords(
        pairs.map(([word]) => word),
        out,
      )
      t.same(pairs.map(([word], i) => `${word}/${tagger.tags[out[i]!]}`).join(' '), sentence)
    }
  }
  t.equal(shippedTagger('fr'), undefined)
})

t.test('the taggers of the package are small, and say what they were learned from', async t => {
  let bytes = 0
  for (const language of shippedLanguages) {
    const url = shippedTagger(language)!
    bytes += (await stat(url)).size
    const { metadata } = new TensorFile(await readFile(url))
    const licence = await readFile(new URL('LICENSE', url), 'utf8')
    t.equal(metadata['licence'], 'CC-BY-SA-4.0')
    for (const source of metadata['sources']!.split('; ')) {
      const [, repository, commit] = /^(\S+) @(\w+)/.exec(source)!
      t.ok(licence.includes(`https://github.com/${repository} @${commit}`), source)
    }
    t.ok(Number(metadata['dev_accuracy']) > 95, `${metadata['measured_on']}: ${metadata['dev_accuracy']}`)
  }
  t.ok(bytes < 8e6, `${bytes} bytes`)
})
