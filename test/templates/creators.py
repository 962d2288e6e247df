"""Makes resources by the API of their service, where moto's CloudFormation does not know their type, or not their properties.

Each takes the properties, and gives what Ref and GetAtt are. botocore checks each request against the service's own definition, and enums.py what it leaves out.
"""

import json

from botocore.exceptions import ClientError
from botocore.validate import ParamValidator


def camel(value, keep=()):
    """Keys begin with a small letter, as in the APIs of the Code services; below those in keep all stays."""
    if isinstance(value, list):
        return [camel(each, keep) for each in value]
    if not isinstance(value, dict):
        return value
    return {key[0].lower() + key[1:]: below if key in keep else camel(below, keep) for key, below in value.items()}


def numbers(value, of, *names):
    """CloudFormation makes numbers of the text of parameters."""
    if isinstance(value, list):
        return [numbers(each, of, *names) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: of(below) if key in names else numbers(below, of, *names) for key, below in value.items()}


def bucket(client, properties):
    """All that the template says of a bucket; moto's CloudFormation would leave most of it out."""
    s3 = client("s3")
    # CloudFormation makes a name up.
    name = f"bucket-{len(s3.list_buckets()['Buckets'])}"
    place = {"LocationConstraint": s3.meta.region_name}
    ownership = properties["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=place, ObjectOwnership=ownership)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"])
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"])
    rules = [
        {"ApplyServerSideEncryptionByDefault": rule.pop("ServerSideEncryptionByDefault"), **rule}
        for rule in properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    ]
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    lifecycle = numbers(properties["LifecycleConfiguration"], int, "ExpirationInDays", "NoncurrentDays")
    for rule in lifecycle["Rules"]:
        rule["ID"] = rule.pop("Id")
        rule["Filter"] = {"Prefix": rule.pop("Prefix", "")}
        if "ExpirationInDays" in rule:
            rule["Expiration"] = {"Days": rule.pop("ExpirationInDays")}
        elif rule.pop("ExpiredObjectDeleteMarker", False):
            rule["Expiration"] = {"ExpiredObjectDeleteMarker": True}
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration=lifecycle)
    return {"Ref": name, "Arn": f"arn:aws:s3:::{name}"}


def bucket_policy(client, properties):
    client("s3").put_bucket_policy(Bucket=properties["Bucket"], Policy=json.dumps(properties["PolicyDocument"]))
    return {"Ref": properties["Bucket"]}


def role(client, properties):
    iam = client("iam")
    name = f"role-{len(iam.list_roles()['Roles'])}"
    trust = json.dumps(properties["AssumeRolePolicyDocument"])
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Description=properties.get("Description", ""))["Role"]
    for arn in properties.get("ManagedPolicyArns", []):
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    for policy in properties["Policies"]:
        document = json.dumps(policy["PolicyDocument"])
        iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)
    return {"Ref": name, "Arn": made["Arn"]}


def repository(client, properties):
    encryption = camel(properties["EncryptionConfiguration"])
    made = client("ecr").create_repository(
        repositoryName=properties["RepositoryName"],
        imageTagMutability=properties["ImageTagMutability"],
        imageScanningConfiguration=camel(properties["ImageScanningConfiguration"]),
        encryptionConfiguration=encryption,
    )["repository"]
    policy = properties["LifecyclePolicy"]["LifecyclePolicyText"]
    client("ecr").put_lifecycle_policy(repositoryName=made["repositoryName"], lifecyclePolicyText=policy)
    return {"Ref": made["repositoryName"], "Arn": made["repositoryArn"], "RepositoryUri": made["repositoryUri"]}


def subscription(client, properties):
    made = client("sns").subscribe(**properties, ReturnSubscriptionArn=True)
    return {"Ref": made["SubscriptionArn"]}


def codebuild_project(client, properties):
    request = camel(properties)
    # One name of the API is written otherwise.
    request["source"]["buildspec"] = request["source"].pop("buildSpec")
    # moto wants a location of each; AWS has none where they are the pipeline's.
    request["source"]["location"] = request["artifacts"]["location"] = "pipeline"
    request["logsConfig"] = {"cloudWatchLogs": request["logsConfig"]["cloudWatchLogs"]}
    project = client("codebuild").create_project(**request)["project"]
    return {"Ref": project["name"], "Arn": project["arn"]}


def pipeline(client, properties):
    request = camel(properties, keep=("Configuration",))
    for stage in request["stages"]:
        for action in stage["actions"]:
            # All values of a configuration are text.
            texts = {key: str(value).lower() if isinstance(value, bool) else value for key, value in action["configuration"].items()}
            action["configuration"] = texts
    client("codepipeline").create_pipeline(pipeline={**request, "version": 1})
    return {"Ref": request["name"]}


def scalable_target(client, properties):
    keys = ("ServiceNamespace", "ResourceId", "ScalableDimension")
    numbers_ = {key: int(properties[key]) for key in ("MinCapacity", "MaxCapacity")}
    client("application-autoscaling").register_scalable_target(**{key: properties[key] for key in keys}, **numbers_)
    return {"Ref": "|".join(properties[key] for key in ("ResourceId", "ScalableDimension", "ServiceNamespace"))}


def scaling_policy(client, properties):
    resource, dimension, namespace = properties["ScalingTargetId"].split("|")
    tracking = numbers(properties["TargetTrackingScalingPolicyConfiguration"], float, "TargetValue")
    made = client("application-autoscaling").put_scaling_policy(
        PolicyName=properties["PolicyName"],
        PolicyType=properties["PolicyType"],
        ResourceId=resource,
        ScalableDimension=dimension,
        ServiceNamespace=namespace,
        TargetTrackingScalingPolicyConfiguration=tracking,
    )
    return {"Ref": made["PolicyARN"]}


def alarm(client, properties):
    client("cloudwatch").put_metric_alarm(**numbers(properties, float, "Threshold"))
    return {"Ref": properties["AlarmName"]}


def model(client, properties):
    made = client("sagemaker").create_model(**properties)
    return {"Ref": made["ModelArn"], "ModelName": properties["ModelName"]}


def endpoint_config(client, properties):
    names = (
        "InitialInstanceCount",
        "VolumeSizeInGB",
        "ContainerStartupHealthCheckTimeoutInSeconds",
        "ModelDataDownloadTimeoutInSeconds",
        "InitialSamplingPercentage",
    )
    made = client("sagemaker").create_endpoint_config(**numbers(properties, int, *names))
    return {"Ref": made["EndpointConfigArn"], "EndpointConfigName": properties["EndpointConfigName"]}


def endpoint(client, properties):
    """One that is there is updated. moto cannot: the request is checked by the service's definition, then the endpoint is made anew."""
    names = ("WaitIntervalInSeconds", "TerminationWaitInSeconds", "MaximumExecutionTimeoutInSeconds", "Value")
    update = numbers(properties, int, *names)
    create = {key: value for key, value in update.items() if "RetainedVariant" not in key and key != "RetainAllVariantProperties"}
    sagemaker = client("sagemaker")
    try:
        sagemaker.describe_endpoint(EndpointName=update["EndpointName"])
    except ClientError:
        pass
    else:
        shape = sagemaker.meta.service_model.operation_model("UpdateEndpoint").input_shape
        report = ParamValidator().validate(update, shape)
        if report.has_errors():
            raise ValueError(f"UpdateEndpoint: {report.generate_report()}")
        sagemaker.delete_endpoint(EndpointName=update["EndpointName"])
    made = sagemaker.create_endpoint(**create)
    return {"Ref": made["EndpointArn"], "EndpointName": update["EndpointName"]}


CREATORS = {
    "AWS::S3::Bucket": bucket,
    "AWS::S3::BucketPolicy": bucket_policy,
    "AWS::IAM::Role": role,
    "AWS::ECR::Repository": repository,
    "AWS::SNS::Subscription": subscription,
    "AWS::CodeBuild::Project": codebuild_project,
    "AWS::CodePipeline::Pipeline": pipeline,
    "AWS::ApplicationAutoScaling::ScalableTarget": scalable_target,
    "AWS::ApplicationAutoScaling::ScalingPolicy": scaling_policy,
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::SageMaker::Model": model,
    "AWS::SageMaker::EndpointConfig": endpoint_config,
    "AWS::SageMaker::Endpoint": endpoint,
}
