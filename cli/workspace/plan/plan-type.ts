import type { MetricDefinition } from '../../../container/training/metrics.js'

/** What a release of models is, from its training to its endpoint: `modelhost plan` writes it, the rest of a pipeline reads it. */
export interface Plan {
  /** Begins the names of its jobs and of its endpoint. */
  readonly project: string
  /** `dev`; part of names and paths. */
  readonly stage: string
  /** UTC date and time of the plan, `20261127-185427`. */
  readonly id: string
  /** Complete: each is sent as it is. */
  readonly trainingJobs: readonly TrainingJobRequest[]
  readonly models: readonly PlannedModel[]
  /** Name of the SSM parameter that says which target of each model is the current one. */
  readonly targetsParameter: string
  /** In the form of a template configuration of CloudFormation. */
  readonly endpoint: { readonly Parameters: Readonly<Record<string, string>> }
}

export interface PlannedModel {
  /** Of its folder in the workspace. */
  readonly name: string
  readonly plugin: string
  /** Name of the training job. */
  readonly job: string
  /** Where the job leaves its artifact: `s3://bucket/dev/training/JOB/output/model.tar.gz`. */
  readonly output: string
  /** Below the prefix of the endpoint's models: `DocSim/20261127-185427.tar.gz`. */
  readonly target: string
  /** `s3://bucket/dev/models/` and the target. */
  readonly url: string
  readonly examples: readonly PlannedExample[]
}

/** A request that the model can answer. */
export interface PlannedExample {
  readonly body: string
  readonly contentType: string
}

/**
 * A request to SageMaker, as far as plans have it; where it is made, it is checked against the type of the AWS SDK, which
 * who reads a plan need not have.
 *
 * @see SageMaker API, CreateTrainingJob
 */
export interface TrainingJobRequest {
  readonly TrainingJobName: string
  readonly AlgorithmSpecification: {
    readonly TrainingImage: string
    readonly TrainingInputMode: 'File'
    readonly MetricDefinitions: MetricDefinition[]
  }
  readonly RoleArn: string
  /** Each value encoded as JSON once more. */
  readonly HyperParameters: Record<string, string>
  readonly InputDataConfig: TrainingChannel[]
  readonly OutputDataConfig: { readonly S3OutputPath: string; readonly KmsKeyId?: string }
  readonly CheckpointConfig: { readonly S3Uri: string; readonly LocalPath: string }
  readonly ResourceConfig: {
    readonly InstanceType: string
    readonly InstanceCount: number
    readonly VolumeSizeInGB: number
    readonly VolumeKmsKeyId?: string
  }
  readonly StoppingCondition: { readonly MaxRuntimeInSeconds: number; readonly MaxWaitTimeInSeconds?: number }
  readonly EnableManagedSpotTraining: boolean
  readonly Tags: { readonly Key: string; readonly Value: string }[]
}

export interface TrainingChannel {
  readonly ChannelName: string
  readonly DataSource: {
    readonly S3DataSource: {
      readonly S3DataType: 'S3Prefix'
      readonly S3Uri: string
      readonly S3DataDistributionType: 'FullyReplicated'
    }
  }
  readonly ContentType?: string
}

/** Below it lie the models of a stage, each at its target. */
export const modelsPrefix = (bucket: string, stage: string): string => `s3://${bucket}/${stage}/models/`

/** Two projects of an account may have stages of the same name. */
export const targetsParameterOf = (project: string, stage: string): string => `/modelhost/${project}/${stage}/targets`
