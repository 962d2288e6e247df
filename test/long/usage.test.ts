import t from 'tap'
import { runCli } from '../helpers/run-cli.js'

t.test('wrong usage is exit code 2, says what is wrong, and prints no result', async t => {
  const cases: [string, RegExp][] = [
    ['', /^Usage: modelhost/],
    ['trian', /unknown command 'trian'\n\(Did you mean train\?\)/],
    ['serve --lane 2', /unknown option '--lane'\n\(Did you mean --lanes\?\)\nSee "modelhost serve --help"/],
    ['serve --port many', /--port: must be an integer from 0 to 65535, but is "many"/],
    ['serve --config no-such.json', /no-such\.json.*cannot be read/],
    ['train', /There is no training job in \/.*input\/config.*Write: modelhost train PluginName --train FILE/],
    ['train --train data.txt', /No plugin is named\. Write: modelhost train PluginName/],
    ['train Tally --output out', /--train <FILE\|DIR> is missing/],
    ['train Tally --train data.txt', /--output <DIR> is missing/],
    ['train Tally --train a --output b --max-seconds 0', /--max-seconds is "0"\. Use a number above 0/],
    ['train Tally --train a --output b --checkpoint-every x', /--checkpoint-every: must be a number of seconds/],
    ['train --all --output b', /--output is for one training; with --all the workspace's files say it/],
    ['train Tally --train a --output b --stage dev', /--stage is for a workspace\. Add --all/],
    ['train Tally --train a --output b --channel a', /--channel a has no value\. Write --channel name=PATH/],
    ['train Tally --train a --output b --channel a=', /--channel a= is empty\. Name a file or folder/],
    ['train Tally --train a --output b --channel dev=c', /--channel dev has a flag of its own: --dev/],
    ['train Tally --train a --output b --set epochs', /--set epochs has no value\. Write --set key=value/],
    ['train Tally --train a --output b --threads 0', /--threads is "0"\. Use a whole number from 1 on/],
    ['train Tally --train a --output b --params no-such.json', /--params no-such\.json cannot be read as JSON/],
    ['train Tally --train a --output b --log-level loud', /--log-level is "loud"/],
    ['invoke http://127.0.0.1:1 package.json', /needs the name of a model: --model NAME/],
    ['invoke out no-such.csv', /no-such\.csv is no file/],
    ['evaluate out', /'--gold <FILE>' not specified/],
    ['evaluate out --gold a --log-level loud', /--log-level is "loud"/],
    ['inspect', /missing required argument 'DIR'/],
    ['inspect a b', /too many arguments/],
    ['pack', /missing required argument 'DIR'/],
    ['plan --stage Dev', /--stage "Dev" is no name of a stage/],
    ['pack out --output=', /--output is empty\. Name a file, or - for stdout/],
    ['pack tagger:xx', /There is no tagger:xx/],
    ['push out', /missing required argument 'URL'/],
    [
      'push out models/live/',
      /models\/live\/ does not begin with s3:\/\/.* Write s3:\/\/bucket\/prefix\/name\.tar\.gz/,
    ],
    ['push out s3://Models/', /s3:\/\/Models\/ names no bucket/],
    ['push out s3://models/live', /s3:\/\/models\/live does not end with \.tar\.gz\. End it with a slash/],
    ['push .out s3://models/', /"\.out\.tar\.gz" has a name that begins with a dot/],
    ['push out s3://models/ --s3-endpoint localhost:9000', /s3Endpoint: "localhost:9000" is no URL/],
    ['push tagger:xx s3://models/', /There is no tagger:xx/],
    ['publish no-such.json', /no-such\.json cannot be read \(ENOENT\)\. Make it with "modelhost plan"/],
    ['publish package.json', /package\.json is no plan: stage is missing/],
    ['probe models_dev plan.json', /"models_dev" is no name of an endpoint/],
    ['probe models plan.json --seconds 0', /--seconds is "0"/],
    ['probe models plan.json --endpoint-url localhost:8080', /"localhost:8080" is no URL/],
    ['invoke sagemaker:models_dev package.json', /"models_dev" is no name of an endpoint/],
  ]
  await Promise.all(
    cases.map(async ([args, message]) => {
      const { code, stdout, stderr } = await runCli(args.split(' ').filter(Boolean))
      t.equal(code, 2, args)
      t.equal(stdout, '')
      t.match(stderr, message)
    }),
  )
})
