import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { joined, little, named, pickle, raw, refusalOf, stacked, text, unpickle } from '../helpers/pickles.js'

const fixture = (name: string) => readFileSync(new URL(`../../../test/fixtures/import/${name}`, import.meta.url))
const topics = gunzipSync(fixture('lda.numpy2.protocol5.pickle.gz'))
const oldTopics = gunzipSync(fixture('lda.numpy1.protocol0.pickle.gz'))
const vectors = fixture('doc2vec.gensim4.3.3.pickle')

const escaped = (value: string) => value.replaceAll(/[\\.*+?^$(){}|[\]]/g, '\\$&')

t.test('what could run something is refused by its name and place, and nothing is run', async t => {
  const names: [string, string][] = [
    ['os', 'system'],
    ['posix', 'system'],
    ['nt', 'system'],
    ['subprocess', 'Popen'],
    ['builtins', 'eval'],
    ['builtins', 'exec'],
    ['builtins', '__import__'],
    ['builtins', 'getattr'],
    ['builtins', 'open'],
    ['builtins', 'map'],
    ['__builtin__', 'eval'],
    ['runpy', '_run_code'],
    ['importlib', 'import_module'],
    ['operator', 'attrgetter'],
    ['functools', 'partial'],
    ['numpy', 'load'],
    ['numpy', 'fromfile'],
    ['numpy.core.multiarray', 'fromfile'],
    ['numpy.testing._private.utils', 'runstring'],
    ['gensim.utils', 'unpickle'],
    ['gensim.utils', 'check_output'],
    ['gensim.models.doc2vec', 'os'],
    ['numpy', 'os.system'],
    ['gensim.models', 'doc2vec.Doc2Vec'],
    ['builtins', 'set.__class__.__base__'],
    ['_codecs', 'decode'],
    ['copyreg', '__newobj__'],
    ['__proto__', 'constructor'],
    ['constructor', 'constructor'],
    ['builtins', '__proto__'],
    ['builtins', 'constructor'],
    ['builtins', 'toString'],
    ['', ''],
  ]
  for (const [module, name] of names) {
    const path = JSON.stringify(`${module}.${name}`)
    const call = joined(text('id'), '\x85R')
    const byLines = refusalOf(joined('\x80\x02', named(module, name), call, '.'))
    t.match(byLines, new RegExp(`^at byte 2 its pickle names ${escaped(path)}, which no model`), `${path} by its name`)
    t.match(byLines, /Nothing of it was run/)
    const at = 6 + module.length + name.length
    t.match(
      refusalOf(pickle(stacked(module, name), call)),
      `at byte ${at} its pickle names ${path}, which`,
      `${path} from the stack`,
    )
    t.match(refusalOf(joined('(', text('id'), `i${module}\n${name}\n.`)), path, `${path} by INST`)
    t.match(refusalOf(pickle('(', named(module, name), text('id'), 'o')), path, `${path} by OBJ`)
  }
})

t.test('names that are known cannot be called for more than they are there for', async t => {
  const doc2vec = stacked('gensim.models.doc2vec', 'Doc2Vec')
  const cases: [string, Uint8Array, RegExp][] = [
    [
      'a name that is data',
      pickle(named('builtins', 'int'), text('1'), '\x85R'),
      /calls the name builtins\.int\. Nothing/,
    ],
    ['a class of arrays', pickle(named('numpy', 'ndarray'), 'M\xff\xff\x85\x85R'), /calls the name numpy\.ndarray/],
    ['an object', pickle(doc2vec, ')\x81)R'), /calls an object of gensim\.models\.doc2vec\.Doc2Vec/],
    ['a text', pickle(text('os.system'), text('id'), '\x85R'), /calls the text "os\.system"/],
    ['what a call has made', pickle(named('builtins', 'set'), ')R)R'), /calls a set of 0/],
    ['a call without a tuple', pickle(named('builtins', 'set'), ']R'), /calls builtins\.set with a list of 0/],
    [
      'an object of a function',
      pickle(named('_codecs', 'encode'), ')\x81'),
      /makes an object of the name _codecs\.encode/,
    ],
    [
      'an object of it with keywords',
      pickle(named('builtins', 'dict'), ')}\x92'),
      /makes an object of the name builtins\.dict/,
    ],
    ['an object of nothing', pickle('N)\x81'), /makes an object of None/],
    ['OBJ without a class', pickle('(o'), /makes an object of nothing/],
    ['a state of a class', pickle(doc2vec, '}b'), /gives a state to the name gensim/],
    ['a state of a list', pickle(']}b'), /gives a state to a list of 0/],
    ['a state that is no dict', pickle(doc2vec, ')\x81]b'), /the state a list of 0/],
    [
      'bytes of a length',
      pickle(named('builtins', 'bytearray'), 'J\xff\xff\xff\x7f\x85R'),
      /makes bytes of the number 2147483647/,
    ],
    [
      'bytes by another encoding',
      pickle(named('_codecs', 'encode'), text('a'), text('bz2'), '\x86R'),
      /encodes a text as the text "bz2"/,
    ],
    ['a set of a dict', pickle(named('builtins', 'frozenset'), '}\x85R'), /makes a set of a dict/],
    [
      'a dict with a factory that is a text',
      pickle(named('collections', 'defaultdict'), text('x'), '\x85R'),
      /makes a dict of the text/,
    ],
    [
      'an array of another class',
      pickle(named('numpy.core.multiarray', '_reconstruct'), doc2vec, '\x85R'),
      /makes an array of the name gensim/,
    ],
    [
      'an object by copyreg of a function',
      joined(named('copy_reg', '_reconstructor'), '(', named('builtins', 'set'), named('builtins', 'object'), 'NtR.'),
      /makes an object of the name builtins\.set/,
    ],
    [
      'an object by copyreg of a class with parts of another',
      joined(named('copy_reg', '_reconstructor'), '(', doc2vec, named('builtins', 'list'), 'NtR.'),
      /makes an object of the name gensim/,
    ],
    [
      'an object of what is no class',
      pickle(named('builtins', 'hash'), ')\x81'),
      /makes an object of the name builtins\.hash/,
    ],
    ['bytes of three', pickle(named('builtins', 'bytes'), 'C\x01aNN\x87R'), /makes bytes of bytes/],
    ['names that are no texts', pickle('K\x01K\x02\x93'), /names something by the number 1 and the number 2/],
    ['items added to a tuple', pickle(')K\x01a'), /adds items to a tuple of 0/],
    ['keys of a list', pickle(']K\x01K\x02s'), /sets keys of a list of 0/],
    ['a list as a key', pickle('}]K\x02s'), /has a list of 0 as a key/],
    ['a key without a value', pickle('}(K\x01u'), /has a key without a value/],
    [
      'a state again and again, each of which would be searched for every word',
      pickle(doc2vec, ')\x81', '}b'.repeat(5)),
      /gives an object of gensim\.models\.doc2vec\.Doc2Vec more than 4 states/,
    ],
    ['members of a dict', pickle('}(K\x01\x90'), /adds members to a dict/],
  ]
  for (const [what, bytes, message] of cases) t.match(refusalOf(bytes) ?? 'read', message, what)
})

t.test('what is not in the file is refused', async t => {
  t.match(refusalOf(joined('P12\n.')), /^at byte 0 its pickle refers to an object that is kept elsewhere/)
  t.match(refusalOf(pickle('K\x01Q')), /kept elsewhere \(a persistent id\)/)
  for (const [opcode, bytes] of [
    ['\x82', 1],
    ['\x83', 2],
    ['\x84', 4],
  ] as const)
    t.match(refusalOf(pickle(opcode, little(1, bytes))), /names a class by a number of an extension registry/)
  t.match(refusalOf(pickle('\x97')), /leaves an array to a buffer outside of the file/)
  t.match(refusalOf(pickle('N\x98')), /leaves an array to a buffer/)
})

t.test('lengths and numbers that lie are refused before anything is made', async t => {
  const lies: [string, Uint8Array, RegExp][] = [
    [
      'BINBYTES8',
      pickle('\x8e', little(2n ** 60n, 8)),
      /claims bytes of 1152921504606847000 bytes; the file has 1 more/,
    ],
    ['BYTEARRAY8', pickle('\x96', little(2n ** 63n, 8)), /claims bytes of 9223372036854776000 bytes/],
    ['BINUNICODE8', pickle('\x8d', little(2n ** 64n - 1n, 8)), /claims a text of 18446744073709552000 bytes/],
    ['FRAME', pickle('\x95', little(2n ** 40n, 8)), /claims a frame of 1099511627776 bytes/],
    ['BINBYTES', pickle('B', little(0xffff_ffff, 4)), /claims bytes of 4294967295 bytes/],
    ['BINUNICODE', pickle('X', little(0xffff_ffff, 4)), /claims a text of 4294967295 bytes/],
    ['BINSTRING', pickle('T', little(-1, 4)), /claims a string of -1 bytes/],
    ['BINSTRING', pickle('T', little(262_145, 4), 'a'.repeat(262_145)), /a string of Python 2 of 262145 bytes/],
    ['LONG4', pickle('\x8b', little(-5, 4)), /has a whole number of -5 bytes/],
    ['LONG4', pickle('\x8b', little(2 ** 31 - 1, 4)), /has a whole number of 2147483647 bytes/],
    ['LONG', joined('L', '9'.repeat(5000), 'L\n.'), /has a whole number that is none/],
    ['INT', joined('I0x10\n.'), /has a whole number that is none/],
    ['FLOAT', joined('F1_0\n.'), /has a number that is none/],
    ['LONG_BINPUT', pickle('Nr', little(2 ** 31, 4)), /remembers a value as number 2147483648, where 0 are/],
    ['LONG_BINPUT', pickle('Nr', little(1_000_000, 4)), /remembers a value as number 1000000, where 0 are/],
    ['PUT', joined('Np-1\n.'), /remembers a value as number -1/],
    ['PUT', joined('Np99999999999999999999\n.'), /remembers a value as number 100000000000000000000/],
    ['LONG_BINGET', pickle('j', little(7, 4)), /asks for value number 7, which it has not remembered/],
    ['PROTO', joined('\x80\x06N.'), /is of protocol 6; up to 5 is read/],
    ['PROTO', pickle('\x80\x02N'), /begins anew: there is a pickle in a pickle/],
    ['an unknown command', pickle('\xff'), /has the unknown command 0xff/],
    ['a stack that is empty', pickle('0'), /ends a list that it has not begun/],
    ['a mark that is missing', pickle('t'), /ends a list that it has not begun/],
    ['a value below a mark', pickle('N(\x85'), /takes a value where there is none/],
    ['nothing at the end', pickle(''), /takes a value where there is none/],
    ['a mark left open', pickle('(N'), /ends with values left over/],
    ['values left over', pickle('NN'), /ends with values left over/],
    ['a second pickle', joined(pickle('N'), pickle('N')), /^at byte 3 its pickle ends, and 4 bytes follow/],
    ['a text that is no UTF-8', pickle('\x8c\x02\xc3\x28'), /has a text that is not UTF-8/],
    ['a text with half a pair', pickle('\x8c\x03\xed\xa0\x80'), /has a text that is not UTF-8/],
    ['an escape', joined('V\\ud83\n.'), /has a text with an escape that is none/],
    ['an escape', joined("S'\\q'\n."), /has a string with an escape that is none/],
    ['quotes', joined('Sabc\n.'), /has a string without quotes/],
    ['a name without an end', joined(`c${'m'.repeat(2000)}\nx\n.`), /has a name without an end/],
  ]
  for (const [what, bytes, message] of lies) t.match(refusalOf(bytes) ?? 'read', message, what)
})

t.test('a pickle that would fill the memory is stopped by what it holds', async t => {
  const limit = 1 << 20
  const many = 100_000
  for (const commands of [']', ')', '}', '\x8f', '\x8c\x02ab', 'N\x94', 'C\x01a', 'G\0\0\0\0\0\0\0\0']) {
    const message = refusalOf(pickle('(', commands.repeat(many), 't'), limit)
    t.match(
      message,
      /holds so many objects that they would take more than 1048576 bytes of memory/,
      JSON.stringify(commands),
    )
  }
  const callMany = joined(named('builtins', 'dict'), '\x94', 'h\0)R'.repeat(many))
  t.match(refusalOf(pickle('(', callMany, 't'), limit), /holds so many objects/)
  // What is filled takes more than what is empty: an array grows by seventeen places.
  for (const commands of [']Na', '}NNs', '\x8f(N\x90', 'cbuiltins\nset\n']) {
    const few = 10_000
    t.equal(
      refusalOf(pickle('(', commands.repeat(few), 't'), few * 300),
      undefined,
      `${few} ${JSON.stringify(commands)}`,
    )
    t.match(refusalOf(pickle('(', commands.repeat(few), 't'), few * 100), /holds so many objects/)
  }
  t.match(refusalOf(pickle('('.repeat(2_000_001))), /opens more than 2000000 marks/)
  t.match(refusalOf(pickle('N'.repeat(2_000_001))), /piles up more than 2000000 values/)
})

t.test('a model that is cut off anywhere is an error, never anything else', async t => {
  const cases = [
    [topics, 1],
    [oldTopics, 1],
    [vectors, 5],
  ] as const
  for (const [bytes, step] of cases) {
    let read = 0
    for (let length = 0; length < bytes.length; length += step)
      if (refusalOf(bytes.subarray(0, length)) === undefined) read++
    t.equal(read, 0)
    t.equal(refusalOf(bytes), undefined, 'whole it is read')
  }
})

t.test('whatever is changed in a model, there is a result or an error', async () => {
  const change = fc.record({ at: fc.nat(), byte: fc.nat(255), drop: fc.nat(3) })
  for (const bytes of [topics, oldTopics, vectors]) {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), changes => {
        const changed = [...bytes]
        for (const { at, byte, drop } of changes) changed.splice(at % changed.length, drop, byte)
        refusalOf(Uint8Array.from(changed))
      }),
      { numRuns: 150 },
    )
  }
})

t.test('what a message shows of a pickle cannot steer a terminal, and is short', async t => {
  const shown = refusalOf(pickle(stacked('o\x1b[31ms', 'sys\x9b31m\u202etem')))
  t.match(shown, 'names "o\\u001b[31ms.sys\\u009b31m\\u202etem", which')
  t.match(refusalOf(pickle(text('a\x9b1m'), 'N\x85R')), 'calls the text "a\\u009b1m"')
  t.ok(refusalOf(pickle(stacked('m'.repeat(250), 'n')))!.length < 600)
})

const commands =
  '(012.NKMJIFLVSUTCBXpqrghj\x94\x88\x89)]}telsudab\x85\x86\x87R\x81\x92\x93\x8c\x8d\x8e\x8f\x90\x91\x95\x96'

t.test('whatever commands stand there, there is a result or an error', async () => {
  const command = fc.oneof(
    fc.nat(commands.length - 1).map(i => commands[i]!),
    fc.constantFrom(
      'K\x01',
      ']\x94',
      '}\x94',
      '(K\x01K\x02',
      'h\0',
      '\x8c\x01a',
      'cbuiltins\nset\n',
      'cnumpy\ndtype\n',
    ),
    fc.constantFrom(
      'cgensim.models.doc2vec\nDoc2Vec\n',
      'cnumpy.core.multiarray\n_reconstruct\n',
      'c_codecs\nencode\n',
    ),
  )
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), parts => {
      refusalOf(pickle(...parts))
    }),
    { numRuns: 3000 },
  )
})

type Read = { float64(): Float64Array; float32(): Float32Array }
const arrayOf = (data: Uint8Array, type: Uint8Array, shape: Uint8Array) =>
  unpickle(
    pickle(named('numpy._core.numeric', '_frombuffer'), '(', data, type, shape, text('C'), 'tR'),
  ) as unknown as Read

t.test('bytes that are a long text in the file are those of its characters, as many as the shape asks for', async t => {
  const type = (code: string) => joined(named('numpy', 'dtype'), text(code), '\x89\x88\x87R')
  const shape = (count: number) => joined('J', little(count, 4), '\x85')
  const bytes = Uint8Array.from({ length: 1_200_000 }, (_, i) => i % 251)
  const long = (utf8: Uint8Array) => joined('X', little(utf8.length, 4), utf8)
  const characters = long(new TextEncoder().encode(Array.from(bytes, byte => String.fromCharCode(byte)).join('')))
  t.ok(
    arrayOf(characters, type('u1'), shape(bytes.length))
      .float64()
      .every((x, i) => x === bytes[i]),
  )
  const four = arrayOf(characters, type('f4'), shape(bytes.length / 4)).float32()
  t.equal(Buffer.compare(new Uint8Array(four.buffer), bytes), 0)
  for (const count of [2, bytes.length])
    t.throws(() => arrayOf(characters, type('f4'), shape(count)).float32(), {
      name: 'ImportError',
      message: /has (more than )?\d+ bytes, its shape asks for \d+/,
    })
  for (const end of ['\xc3', '\xe2\x82\xac', '\xc3a']) {
    const odd = long(joined('a'.repeat(70_000), end))
    t.throws(() => arrayOf(odd, type('u1'), shape(70_001)).float64(), { name: 'ImportError', message: /are none/ })
  }
})

t.test('an array without numbers has none, however large its other sides are', async t => {
  const sides = '\x8a\x07\xff\xff\xff\xff\xff\xff\x1f'.repeat(30)
  const none = arrayOf(joined('C\0'), joined(named('numpy', 'dtype'), text('<f8'), '\x85R'), joined('(', sides, 'K\0t'))
  t.equal(none.float64().length, 0)
})

t.test('what stays in the file is read from it when it is wanted', async t => {
  const numbers = Float64Array.from({ length: 20_000 }, (_, i) => i / 7)
  const type = joined(named('numpy', 'dtype'), text('<f8'), '\x89\x88\x87R')
  const long = joined('\x8e', little(numbers.byteLength, 8), new Uint8Array(numbers.buffer))
  const array = pickle(named('numpy._core.numeric', '_frombuffer'), '(', long, type, 'M\x20\x4e\x85', text('C'), 'tR')
  const read = unpickle(array, 4096) as { float64(): Float64Array; float32(): Float32Array }
  t.ok(read.float64().every((x, i) => x === numbers[i]))
  t.ok(read.float32().every((x, i) => x === Math.fround(numbers[i]!)))
  const many = Uint16Array.from({ length: 700_000 }, (_, i) => i)
  const large = joined('\x8e', little(many.byteLength, 8), new Uint8Array(many.buffer))
  const short = joined(named('numpy', 'dtype'), text('<u2'), '\x89\x88\x87R')
  const pieces = arrayOf(large, short, joined('J', little(many.length, 4), '\x85'))
  t.ok(
    pieces.float32().every((x, i) => x === many[i]),
    'in pieces of a mebibyte, too',
  )
  t.match(
    refusalOf(
      pickle(
        named('numpy._core.numeric', '_frombuffer'),
        '(',
        raw(new Uint8Array(8)),
        type,
        'K\x02\x85',
        text('C'),
        'tR',
      ),
    ),
    /8 bytes, its shape asks for 16/,
  )
})
