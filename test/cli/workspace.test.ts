import { rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readWorkspace } from '../../cli/workspace/read-workspace.js'
import { readStage } from '../../cli/workspace/stages.js'
import { pluginPath } from '../helpers/artifacts.js'
import { originalModel, workspace } from '../helpers/workspace.js'

const plugins = [pluginPath('tally'), pluginPath('noop')]

t.test('the files of a user of the original are read as they are', async t => {
  const path = await workspace(t, {
    'models/models_to_be_trained.json': { TopicalPageRank: true, DocSim: false, Gone: false },
    ...originalModel('TopicalPageRank', { model_name: 'TopicalPageRank', n_topics: '100', window: '10' }),
    'models/TopicalPageRank/source_dir/train.py': 'import gensim\n',
    ...originalModel('DocSim', { model_name: 'DocSim', vector_size: '40', min_count: 'many' }),
  })
  const { models, project, known } = await readWorkspace(path)
  t.match(models, [{ name: 'TopicalPageRank', plugin: { name: 'TopicalPageRank' }, raw: { n_topics: '100' } }])
  t.same([...models[0]!.channels], [['train', { uri: 's3://data-STAGE/claims', fileName: 'factchecks_de.csv' }]])
  t.match(path, new RegExp(`/${project}$`), 'without a package.json the folder names the project')
  t.same(known, ['TopicalPageRank', 'DocSim', 'Gone'])
})

t.test('further keys of inputData.json are further channels, and path is the copy on this machine', async t => {
  const path = await workspace(t, {
    'package.json': { name: '@papers/claims' },
    'models/Lines/inputData.json': {
      Training: { Uri: 's3://data-STAGE/claims/', path: 'data/x.csv' },
      Dev: { path: '../shared/dev.csv' },
      Lexicon: { Uri: 's3://data/STAGE' },
    },
  })
  const { models, project } = await readWorkspace(path, { plugins })
  t.equal(project, '@papers/claims')
  t.same(Object.fromEntries(models[0]!.channels), {
    train: { uri: 's3://data-STAGE/claims/', path: join(path, 'models/Lines/data/x.csv') },
    dev: { path: join(path, 'models/shared/dev.csv') },
    lexicon: { uri: 's3://data/STAGE' },
  })
})

t.test('a folder need not be called as its plugin, and params without model_name take its name', async t => {
  const path = await workspace(t, {
    'models/models_to_be_trained.json': { Lines: true, Tally: true },
    ...originalModel('Tally', { scale: 3 }),
  })
  const { models } = await readWorkspace(path, { plugins })
  t.same(
    models.map(({ name, plugin }) => [name, plugin.name]),
    [
      ['Lines', 'Tally'],
      ['Tally', 'Tally'],
    ],
  )
  t.match((await readWorkspace(path, { plugins, only: ['Tally'] })).models, [{ name: 'Tally' }])
})

t.test('own plugins stand in the folder plugins', async t => {
  const path = await workspace(t, {
    'plugins/tally/package.json': { exports: pluginPath('tally') },
    'plugins/_shared/package.json': '{}',
    'plugins/notes.txt': '',
  })
  const { plugins, models } = await readWorkspace(path)
  t.same(plugins, [join(path, 'plugins/tally')])
  t.match(models, [{ plugin: { name: 'Tally' } }])
})

t.test('what is wrong is said by file, with the next step', async t => {
  const marked = 'models/models_to_be_trained.json'
  const data = (value: unknown) => ({ 'models/Lines/inputData.json': value })
  const params = (value: unknown) => ({ 'models/Lines/Lines-params.json': value })
  const training = (value: object) => data({ Training: value })
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ [marked]: undefined }, /models_to_be_trained\.json does not exist\. .*"modelhost init DIR" writes one/],
    [{ [marked]: '{' }, /models_to_be_trained\.json is not valid JSON/],
    [
      { [marked]: '\uFEFF{}' },
      /is not valid JSON: it has a byte order mark \(U\+FEFF\); save it as UTF-8 without one\./,
    ],
    [{ [marked]: [] }, /must hold a JSON object, but holds an empty list/],
    [{ [marked]: { Lines: 'true' } }, /"Lines" must be true or false, but is "true"/],
    [{ [marked]: { Lines: false } }, /marks no model\. Mark one with true/],
    [{ [marked]: { Line: true } }, /"Line" is marked, but there is no folder models\/Line\. Did you mean "Lines"\?/],
    [{ [marked]: { Xyz: true } }, /no folder models\/Xyz\. Make it, or mark it false/],
    [{ [marked]: { '../x': true }, 'x/y': '' }, /"\.\.\/x" has "\.\." in it, so that no host could load it/],
    [
      { [marked]: { 'Lines/x': true }, 'models/Lines/x/y': '' },
      /"Lines\/x" is marked, but there is no folder [\s\S]*"Lines\/x" has a slash, so that no host could load it/,
    ],
    [
      data(Object.fromEntries(['Training', ...'abcdefghijklmnopqrst'].map(key => [key, { path: 'x' }]))),
      /inputData\.json: it has 21 channels; SageMaker takes 20\./,
    ],
    [data(undefined), /models\/Lines\/inputData\.json does not exist\. It says where the training data are/],
    [data({}), /inputData\.json: Training is missing/],
    [data({ training: {} }), /training\.Uri is missing/],
    [data({ training: { Uri: 's3://data' } }), /Training is missing\. .* Keys are case-sensitive/],
    [
      data({ Train: { Uri: 's3://data/x' }, train: { Uri: 's3://data/x' } }),
      /"train" is the channel "train", as another/,
    ],
    [data({ Training: 's3://data/x' }), /Training must be an object with "Uri", but is "s3:\/\/data\/x"/],
    [training({ uri: 's3://data/x' }), /Training\.uri is not known\. Did you mean "Uri"\?/],
    [training({ Uri: 'https://data/x' }), /Training\.Uri "https:\/\/data\/x" does not begin with s3:\/\//],
    [training({ Uri: 's3://Data-STAGE/x' }), /Training\.Uri "s3:\/\/Data-STAGE\/x" names no bucket/],
    [
      training({ Uri: 's3://data', file_name: 'a/x.csv' }),
      /file_name "a\/x\.csv" is a path\. Put the folders into Uri/,
    ],
    [training({ Uri: 's3://data', file_name: '..' }), /file_name "\.\." has "\.\." in it/],
    [training({ Uri: 's3://data', file_name: 5 }), /Training\.file_name must be a string .*, but is 5/],
    [{ ...data({ Training: { path: 'x' }, 'De v': { path: 'x' } }) }, /"De v" is no name of a channel/],
    [params(undefined), /Lines-params\.json does not exist\. It holds the params/],
    [
      { ...params(undefined), 'models/Lines/Tally-params.json': {} },
      /Lines-params\.json does not exist\. There is Tally-params\.json: rename it to Lines-params\.json/,
    ],
    [params({}), /names no model_name, and its folder's name, "Lines", is none of a plugin/],
    [params({ model_name: 'Taly' }), /model_name is "Taly", which no plugin provides\. Did you mean "Tally"\?/],
    [params({ model_name: 5 }), /model_name must name a plugin, but is 5/],
    [params({ model_name: 'Noop' }), /Noop has no train function/],
    [
      params({ model_name: 'Tally', scal: 1 }),
      /Lines-params\.json: "scal" is not a known parameter\. Did you mean "scale"/,
    ],
    [params({ model_name: 'Tally', max_seconds: 'x' }), /Lines-params\.json: max_seconds must be a number above 0/],
    [params({ model_name: 'Tally', scale: 'x' }), /scale must be a number of at least 0, but is "x"/],
    [params({ model_name: 'Tally', examples: [{ txt: '' }] }), /Lines-params\.json: examples\[0\]: text is missing/],
  ]
  await Promise.all(
    cases.map(async ([files, message]) => {
      const path = await workspace(t, files)
      await t.rejects(readWorkspace(path, { plugins }), { message }, String(message))
    }),
  )
  const path = await workspace(t)
  await t.rejects(readWorkspace(join(path, 'no')), /no is no folder/)
  await t.rejects(readWorkspace(path, { plugins, only: ['Line'] }), /--only Line: .* Did you mean "Lines"\?/)
})

t.test('the folder of a model may be a link, and have any name that a host takes', async t => {
  const path = await workspace(t, {
    'models/models_to_be_trained.json': { 'Lines of ü, 1': true },
    ...originalModel('real', { model_name: 'Tally' }),
  })
  await rename(join(path, 'models/real/real-params.json'), join(path, 'models/real/Lines of ü, 1-params.json'))
  await symlink('real', join(path, 'models/Lines of ü, 1'))
  t.match((await readWorkspace(path, { plugins })).models, [{ name: 'Lines of ü, 1' }])
})

t.test('all that is wrong is told at once', async t => {
  const path = await workspace(t, {
    'models/models_to_be_trained.json': { Lines: true, More: true },
    'models/Lines/inputData.json': {},
    ...originalModel('More', { model_name: 'Tally', scal: 1 }),
  })
  await t.rejects(readWorkspace(path, { plugins }), {
    message:
      /^2 things are wrong with the workspace:\n {2}models\/Lines\/inputData\.json: Training .*\n {2}models\/More\/More-params\.json: "scal"/,
  })
})

t.test('stages.json is checked, and without it each stage is there', async t => {
  t.same(await readStage(await workspace(t), 'any'), { name: 'any', training: {}, models: {}, endpoint: {}, tags: {} })
  const cases: [unknown, RegExp][] = [
    [{ prod: {} }, /^stages\.json: there is no stage "dev"\. Write it, if only as \{"dev": \{\}\}\./],
    [{ dve: {} }, /there is no stage "dev"\. Did you mean "dve"\?/],
    [{ dev: [] }, /dev must be an object/],
    [{ dev: { buckets: 'a' } }, /dev\.buckets is not known\. Did you mean "bucket"\?/],
    [{ dev: { training: { InstanceTyp: 'ml.m5.large' } } }, /dev\.training\.InstanceTyp is not known\. Did you mean/],
    [{ dev: { training: { MaxRuntimeInSeconds: '3600' } } }, /dev\.training\.MaxRuntimeInSeconds must be an integer/],
    [{ dev: { training: { MaxRuntimeInSeconds: 599 } } }, /dev\.training\.MaxRuntimeInSeconds must be an integer/],
    [{ dev: { models: { Lines: { InstanceType: 'm5.large' } } } }, /dev\.models\.Lines\.InstanceType must be a string/],
    [{ dev: { endpoint: { MinInstances: [] } } }, /dev\.endpoint\.MinInstances must be/],
    [{ dev: { tags: { team: 'a<b' } } }, /dev\.tags\.team must be a string/],
  ]
  for (const [stages, message] of cases) {
    await t.rejects(readStage(await workspace(t, { 'stages.json': stages }), 'dev'), { message }, String(message))
  }
})
