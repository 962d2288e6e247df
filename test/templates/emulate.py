"""Makes both templates in an emulated account: python emulate.py

moto stands for AWS. Each resource is made with its rendered properties: by moto's CloudFormation where that knows the type, else by
the API of the service. What moto has and refuses fails the check. Then what was made is looked at, and a second release is deployed.
Exit 0 when all is as it should be, 1 when it is not, 2 when moto is not installed.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import cfnlint  # noqa: F401
    import jmespath
    from moto import mock_aws
except ImportError:
    print("check:emulated needs moto and cfn-lint: pip install 'moto[all]>=5.2,<6' 'cfn-lint>=1.58,<2', and PYTHON=... where they are not in python3.", file=sys.stderr)
    sys.exit(2)

from account import Account
from handlers import actions_of
from template import Deployment, load

ROOT = Path(__file__).resolve().parents[2]
PIPELINE = load(ROOT / "container/pipeline.yml")
ENDPOINT = load(ROOT / "container/endpoint.yml")

KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
SOURCES = {
    "a connection": {"Repository": "team/claims", "ConnectionArn": "arn:aws:codeconnections:eu-central-1:123456789012:connection/1"},
    "CodeCommit, a key, an address": {"Repository": "claims", "KmsKeyArn": KEY, "NoticeEmail": "team@example.org"},
    "a zip file, prefixes of the buckets": {"SourceBucket": "zips", "TrainingObjects": "data-dev/v1/*,more-dev/train*"},
}
ENDPOINTS = {
    "a role of its own, a key, captured data, a canary": {"ExecutionRoleArn": "", "KmsKeyArn": KEY, "CapturePercent": "10", "TrafficShift": "CANARY"},
    "linear steps, no autoscaling, a volume, no cache": {"MinInstances": "1", "MaxInstances": "1", "TrafficShift": "LINEAR", "VolumeSizeGB": "50", "ModelCache": "Disabled"},
}


def expect(what, found, wanted):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, not {wanted!r}")


def modelhost(*arguments):
    done = subprocess.run(["node", ROOT / "cli/modelhost.js", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"modelhost {arguments[0]}: {done.stderr}")
    return done.stdout


def plan_of(pipeline, stage, release):
    """The plan that the real command line makes, of a workspace as "modelhost init" writes it, for an account."""
    made = pipeline.made
    flags = {
        "--project": "claims",
        "--stage": stage,
        "--id": release,
        "--image": f"{made['ImageRepository']['RepositoryUri']}:{release}",
        "--bucket": made["ModelsBucket"]["Ref"],
        "--training-role": made["TrainingRole"]["Arn"],
        "--execution-role": made["ExecutionRole"]["Arn"],
    }
    with tempfile.TemporaryDirectory() as folder:
        workspace = f"{folder}/claims"
        modelhost("init", workspace)
        expect("endpoint.yml of a workspace", load(Path(workspace) / "endpoint.yml"), ENDPOINT)
        return json.loads(modelhost("plan", *[word for flag in flags.items() for word in flag], workspace))


def check_pipeline(account, deployment):
    made, client = deployment.made, account.client
    for name in ("ModelsBucket", "ArtifactsBucket"):
        bucket, s3 = made[name]["Ref"], client("s3")
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
        expect(f"{name}: who speaks without TLS", [statement["Effect"] for statement in policy], ["Deny"])
        expect(f"{name}: versions", s3.get_bucket_versioning(Bucket=bucket)["Status"], "Enabled")
        blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        expect(f"{name}: the public", set(blocked.values()), {True})
        rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
        wanted = "aws:kms" if deployment.holds("HasKey") else "AES256"
        expect(f"{name}: encryption", rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], wanted)
    repository = client("ecr").describe_repositories()["repositories"][0]
    expect("tags of images", repository["imageTagMutability"], "IMMUTABLE")
    expect("images are scanned", repository["imageScanningConfiguration"]["scanOnPush"], True)
    pipeline = client("codepipeline").get_pipeline(name=made["Pipeline"]["Ref"])["pipeline"]
    stages = [stage["name"] for stage in pipeline["stages"]]
    expect("stages", stages, ["Source", "Build", "Train", "Package", "DeployDev", "TestDev", "Approve", "PackageProd", "DeployProd", "TestProd"])
    projects = client("codebuild").batch_get_projects(names=client("codebuild").list_projects()["projects"])["projects"]
    expect("builds", sorted(project["name"] for project in projects), [f"claims-{name}" for name in ("build", "package", "test", "warm")])
    machine = client("stepfunctions").describe_state_machine(stateMachineArn=made["TrainingMachine"]["Ref"])
    expect("the machine's language", json.loads(machine["definition"])["QueryLanguage"], "JSONata")
    attached = client("iam").list_attached_role_policies(RoleName=made["TrainingRole"]["Ref"])["AttachedPolicies"]
    wanted = sorted(made[name]["Ref"] for name in ("ImagePolicy", "S3Policy"))
    expect("policies of trainings", sorted(policy["PolicyArn"] for policy in attached), wanted)


def check_query(deployment):
    """What Warm asks of DescribeEndpoint, by the language of the AWS CLI's --query, is the line that its script reads."""
    script = deployment.properties("Warm")["Source"]["BuildSpec"]
    query = re.search(r"--query '(\[.*?\])' ", script, re.DOTALL)[1]
    update = {"EndpointConfigName": "new", "ProductionVariants": [{"VariantStatus": [{"Status": "Baking"}]}]}
    endpoint = {"EndpointStatus": "Updating", "EndpointConfigName": "old"}
    expect("an update", jmespath.search(query, {**endpoint, "PendingDeploymentSummary": update}), ["Updating", "old", "new", '["Baking"]'])
    expect("no update", jmespath.search(query, endpoint), ["Updating", "old", None, "null"])


def statements_of(account, role):
    iam = account.client("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return [each for name in names for each in iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]]


def check_deploy_role(account, deployment):
    """CloudFormation can make each resource of endpoint.yml with the role that the pipeline gives it."""
    allowed = set()
    for statement in statements_of(account, deployment.made["DeployRole"]["Ref"]):
        actions = statement["Action"]
        allowed.update([actions] if isinstance(actions, str) else actions)
    # The pipeline names a role, so that CloudFormation makes none.
    kinds = {resource["Type"] for resource in ENDPOINT["Resources"].values()} - {"AWS::IAM::Role"}
    needed = set().union(*map(actions_of, kinds))
    if not deployment.holds("HasKey"):
        needed = {action for action in needed if not action.startswith("kms:")}
    expect("what CloudFormation may not do", sorted(needed - allowed), [])
    # Autoscaling sets the count in the name of whoever registers the target; volumes borrow the key.
    extra = {"sagemaker:UpdateEndpointWeightsAndCapacities"} | ({"kms:CreateGrant"} if deployment.holds("HasKey") else set())
    expect("what CloudFormation may do for nothing", sorted(allowed - needed - extra), [])
    return len(needed)


def check_endpoint(account, deployment):
    client = account.client("sagemaker")
    parameters = deployment.parameters
    name = f"claims-{parameters['Stage']}"
    config = f"{name}-{parameters['ReleaseId']}"
    endpoint = client.describe_endpoint(EndpointName=name)
    expect("the endpoint's configuration", endpoint["EndpointConfigName"], config)
    variant = client.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"][0]
    model = client.describe_model(ModelName=variant["ModelName"])
    container = model["PrimaryContainer"]
    expect("the model's mode", container["Mode"], "MultiModel")
    expect("where models lie", container["ModelDataUrl"], parameters["ModelDataPrefix"])
    expect("the cache", container["MultiModelConfig"]["ModelCacheSetting"], parameters.get("ModelCache", "Enabled"))
    role = parameters["ExecutionRoleArn"] or deployment.made["ExecutionRole"]["Arn"]
    expect("the role", model["ExecutionRoleArn"], role)
    scaling = account.client("application-autoscaling")
    policies = scaling.describe_scaling_policies(ServiceNamespace="sagemaker", ResourceId=f"endpoint/{name}/variant/AllTraffic")["ScalingPolicies"]
    wanted = ["invocations-per-instance", "memory"] if deployment.holds("Scales") else []
    expect("policies that scale", sorted(policy["PolicyName"] for policy in policies), wanted)
    alarms = account.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{name}-")["MetricAlarms"]
    expect("alarms", sorted(alarm["AlarmName"] for alarm in alarms), [f"{name}-errors", f"{name}-latency", f"{name}-probe"])
    for alarm in alarms:
        metrics = [metric["MetricStat"]["Metric"] for metric in alarm.get("Metrics", []) if "MetricStat" in metric] or [alarm]
        for metric in metrics:
            watched = {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]}["EndpointConfigName"]
            expect(f"the fleet that {alarm['AlarmName']} watches", watched, config)


def deploy(account, pipeline, plan, more):
    deployment = Deployment(ENDPOINT, {**plan["endpoint"]["Parameters"], **more})
    account.deploy(deployment)
    check_endpoint(account, deployment)
    return deployment


def release(account, pipeline, release_id, more):
    """Trains, and deploys both stages, as the pipeline would: the jobs of the plan, and the template with its parameters."""
    plan = plan_of(pipeline, "dev", release_id)
    for job in plan["trainingJobs"]:
        account.client("sagemaker").create_training_job(**job)
    promoted = plan_of(pipeline, "prod", release_id)
    return [deploy(account, pipeline, each, more) for each in (plan, promoted)]


def emulate(source, more):
    with mock_aws():
        account = Account()
        pipeline = Deployment(PIPELINE, {"ProjectName": "claims", "TrainingBuckets": "data-dev,more-dev", **SOURCES[source]})
        account.deploy(pipeline)
        check_pipeline(account, pipeline)
        check_query(pipeline)
        calls = check_deploy_role(account, pipeline)
        first, second = [release(account, pipeline, release_id, more) for release_id in ("1", "2")]
        # CloudFormation cleans up once the endpoint has its new configuration.
        sagemaker = account.client("sagemaker")
        for former, current in zip(first, second, strict=True):
            sagemaker.delete_endpoint_config(EndpointConfigName=former.made["EndpointConfig"]["EndpointConfigName"])
            sagemaker.delete_model(ModelName=former.made["Model"]["ModelName"])
            check_endpoint(account, current)
        jobs = sagemaker.list_training_jobs()["TrainingJobSummaries"]
        expect("training jobs", len(jobs), 6)
        made = len(pipeline.made) + sum(len(deployment.made) for deployment in second)
        print(f"{source}; {next((name for name in ENDPOINTS if ENDPOINTS[name] is more), 'an endpoint as planned')}: {made} resources, {len(jobs)} training jobs, two releases; CloudFormation may make its {calls} calls")
        return account.ways


def main():
    # No credentials of anybody are used, and no process of ours asks for some.
    os.environ.update(AWS_ACCESS_KEY_ID="emulated", AWS_SECRET_ACCESS_KEY="emulated")
    ways = {}
    try:
        for source, more in zip(SOURCES, [{}, *ENDPOINTS.values()], strict=True):
            ways.update(emulate(source, more))
    except (AssertionError, RuntimeError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print("Calls that moto lacks: sagemaker:UpdateEndpoint, whose request is checked by the service's definition")
    for way, title in (("CloudFormation", "Made by moto's CloudFormation"), ("API", "Made by the API, as moto's CloudFormation lacks the type or its properties"), (None, "Not in moto; checked by cfn-lint against the schema alone")):
        kinds = sorted(kind for kind, found in ways.items() if found == way)
        print(f"{title}: {', '.join(kinds) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
