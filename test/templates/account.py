"""An emulated AWS account, in which the resources of a template are made one by one."""

import json
import warnings

import boto3

from creators import CREATORS
from enums import check_request
from template import PSEUDO


class Account:
    """Remembers by which way each type of resource was made, and which type moto cannot make at all."""

    def __init__(self):
        self.clients = {}
        self.ways = {}
        self.stacks = 0

    def client(self, service):
        if service not in self.clients:
            client = boto3.client(service, region_name=PSEUDO["AWS::Region"])
            client.meta.events.register("before-parameter-build", check_request)
            self.clients[service] = client
        return self.clients[service]

    def deploy(self, deployment):
        """Makes all that a template has, in order. A resource that moto knows and refuses is an error."""
        for name in deployment.resources():
            kind = deployment.template["Resources"][name]["Type"]
            properties = deployment.properties(name)
            try:
                made = self.make(name, kind, properties, deployment.attributes_of(name))
            except Exception as error:
                raise RuntimeError(f"{name} ({kind}): {error}") from error
            deployment.made[name] = made

    def make(self, name, kind, properties, attributes):
        if kind not in CREATORS:
            made = self.make_by_stack(name, kind, properties, attributes)
            if made:
                self.ways[kind] = "CloudFormation"
                return made
            self.ways[kind] = None
            return {"Ref": name, **{attribute: name for attribute in attributes}}
        self.ways[kind] = "API"
        return CREATORS[kind](self.client, properties)

    def make_by_stack(self, name, kind, properties, attributes):
        """A stack of one resource, all of whose properties are known by now."""
        outputs = {attribute: {"Value": {"Fn::GetAtt": [name, attribute]}} for attribute in attributes}
        template = {"Resources": {name: {"Type": kind, "Properties": properties}}, "Outputs": outputs}
        formation = self.client("cloudformation")
        self.stacks += 1
        stack = f"{name}-{self.stacks}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            formation.create_stack(StackName=stack, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
        resources = formation.describe_stack_resources(StackName=stack)["StackResources"]
        if not resources:
            return None
        found = formation.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
        return {"Ref": resources[0]["PhysicalResourceId"], **{output["OutputKey"]: output["OutputValue"] for output in found}}
