import type { CreateTrainingJobRequest, TrainingInstanceType } from '@aws-sdk/client-sagemaker'
import { metricDefinitions } from '../../../container/training/metrics.js'
import { s3UriOf } from '../input-data.js'
import type { WorkspaceModel } from '../read-workspace.js'
import type { TrainingResources } from '../stages.js'
import { contentTypeOf } from './content-type.js'
import { hyperParameters } from './hyper-parameters.js'
import type { TrainingChannel, TrainingJobRequest } from './plan-type.js'

/** Where the training container looks for them. @see SageMaker API, CheckpointConfig */
const checkpointsFolder = '/opt/ml/checkpoints'

const defaults = { InstanceType: 'ml.m5.xlarge', VolumeSizeInGB: 10, MaxRuntimeInSeconds: 3600 }

/** What the trainings of a plan have in common. */
export interface TrainingPlace {
  readonly project: string
  readonly stage: string
  readonly id: string
  readonly image: string
  readonly bucket: string
  readonly role: string
  readonly kmsKey?: string
  readonly tags: Readonly<Record<string, string>>
}

/**
 * The request that trains a model; nothing in it is left to be filled in.
 *
 * @param job  its name
 * @returns it, or what is wrong
 */
export function trainingJob(
  job: string,
  model: WorkspaceModel,
  resources: TrainingResources,
  place: TrainingPlace,
): TrainingJobRequest | { readonly problem: string } {
  const { EnableManagedSpotTraining = false, ...rest } = resources
  const { InstanceType, VolumeSizeInGB, MaxRuntimeInSeconds, MaxWaitTimeInSeconds } = {
    ...defaults,
    ...rest,
  } as Resources
  if (MaxWaitTimeInSeconds !== undefined && MaxWaitTimeInSeconds < MaxRuntimeInSeconds)
    return {
      problem: `stages.json: MaxWaitTimeInSeconds of ${model.name} is ${MaxWaitTimeInSeconds}, less than its MaxRuntimeInSeconds, ${MaxRuntimeInSeconds}. It counts the waiting for spot capacity, too.`,
    }
  const hyper = hyperParameters(model, MaxRuntimeInSeconds)
  if ('problem' in hyper) return { problem: `models/${model.name}/${model.name}-params.json: ${hyper.problem}` }
  const channels = inputChannels(model, place.stage)
  if ('problem' in channels) return channels
  const { bucket, stage, kmsKey } = place
  return {
    TrainingJobName: job,
    AlgorithmSpecification: {
      TrainingImage: place.image,
      TrainingInputMode: 'File',
      MetricDefinitions: metricDefinitions(model.plugin),
    },
    RoleArn: place.role,
    HyperParameters: hyper.values,
    InputDataConfig: channels,
    OutputDataConfig: {
      S3OutputPath: `s3://${bucket}/${stage}/training/`,
      ...(kmsKey === undefined ? {} : { KmsKeyId: kmsKey }),
    },
    CheckpointConfig: { S3Uri: `s3://${bucket}/${stage}/checkpoints/${job}/`, LocalPath: checkpointsFolder },
    ResourceConfig: {
      InstanceType,
      InstanceCount: 1,
      VolumeSizeInGB,
      ...(kmsKey === undefined ? {} : { VolumeKmsKeyId: kmsKey }),
    },
    StoppingCondition: {
      MaxRuntimeInSeconds,
      ...(EnableManagedSpotTraining ? { MaxWaitTimeInSeconds: MaxWaitTimeInSeconds ?? 2 * MaxRuntimeInSeconds } : {}),
    },
    EnableManagedSpotTraining,
    Tags: tagsOf(model, place),
  } satisfies CreateTrainingJobRequest
}

type Resources = Omit<Required<TrainingResources>, 'InstanceType' | 'MaxWaitTimeInSeconds'> & {
  readonly InstanceType: TrainingInstanceType
  readonly MaxWaitTimeInSeconds?: number
}

function inputChannels(
  { name, channels }: WorkspaceModel,
  stage: string,
): TrainingChannel[] | { readonly problem: string } {
  const found: TrainingChannel[] = []
  for (const [channel, data] of channels) {
    const { uri, fileName } = data
    if (uri === undefined)
      return {
        problem: `models/${name}/inputData.json: the channel "${channel}" has no Uri. SageMaker reads data from S3 alone: "s3://bucket-STAGE/prefix".`,
      }
    found.push({
      ChannelName: channel,
      DataSource: {
        S3DataSource: {
          S3DataType: 'S3Prefix',
          S3Uri: s3UriOf({ ...data, uri }, stage),
          S3DataDistributionType: 'FullyReplicated',
        },
      },
      ContentType: contentTypeOf(fileName),
    })
  }
  return found
}

/** @see SageMaker API, Tag */
const notOfTags = /[^\p{L}\p{Z}\p{N}_.:/=+@-]/gu

function tagsOf(
  { name, plugin }: WorkspaceModel,
  { project, stage, id, tags }: TrainingPlace,
): { Key: string; Value: string }[] {
  const own = {
    'modelhost:project': project,
    'modelhost:stage': stage,
    'modelhost:model': name.replace(notOfTags, '-'),
    'modelhost:plugin': plugin.name,
    'modelhost:release': id,
  }
  return Object.entries({ ...own, ...tags }).map(([Key, Value]) => ({ Key, Value }))
}
