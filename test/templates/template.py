"""CloudFormation's functions: a template becomes the properties of its resources, one after the other."""

import re

import yaml

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackName": "stack",
    "AWS::URLSuffix": "amazonaws.com",
}
NOTHING = object()
VARIABLE = re.compile(r"\$\{([^}!]+)\}")


class Loader(yaml.SafeLoader):
    """Short forms of functions, !Ref and the like, become the long ones. Dates stay text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def construct(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", construct)


def load(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506 (a SafeLoader)


class Deployment:
    """A template with its parameters, and what is there of it by now."""

    def __init__(self, template, parameters):
        self.template = template
        self.parameters = parameters
        self.made = {}

    def resources(self):
        """Names of those whose condition holds, each after those that it refers to."""
        resources = self.template["Resources"]
        there = [name for name, resource in resources.items() if self.holds(resource.get("Condition"))]
        ordered = []

        def visit(name, path=()):
            if name in path:
                raise ValueError(f"{' -> '.join((*path, name))} is a circle")
            if name in ordered or name not in there:
                return
            for other in self.references(resources[name]["Properties"]):
                visit(other, (*path, name))
            ordered.append(name)

        for name in there:
            visit(name)
        return ordered

    def references(self, value):
        """Resources that a value refers to, by the branch of each condition that holds."""
        found = set()
        seen = lambda name: found.add(name) if name in self.template["Resources"] else None  # noqa: E731
        self.evaluate(value, seen)
        return sorted(found)

    def holds(self, condition):
        return condition is None or self.evaluate(self.template["Conditions"][condition]) is True

    def properties(self, name):
        return self.evaluate(self.template["Resources"][name]["Properties"])

    def attributes_of(self, name):
        """Which attributes of a resource the template asks for."""
        text = str(self.template["Resources"]) + str(self.template["Outputs"])
        return sorted(set(re.findall(rf"\['{name}', '(\w+)'\]", text)) | set(re.findall(rf"\${{{name}\.(\w+)}}", text)))

    def evaluate(self, value, seen=None):
        """seen is told of each resource; then none of them needs to be there."""
        again = lambda below: self.evaluate(below, seen)  # noqa: E731
        if isinstance(value, list):
            return [each for each in map(again, value) if each is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key == "Ref":
                return self.reference(argument, None, seen)
            if key == "Fn::GetAtt":
                return self.reference(argument[0], argument[1], seen)
            if key == "Condition" and isinstance(argument, str):
                return self.holds(argument)
            if key == "Fn::If":
                return again(argument[1] if self.holds(argument[0]) else argument[2])
            if key == "Fn::Equals":
                return again(argument[0]) == again(argument[1])
            if key == "Fn::Not":
                return not again(argument[0])
            if key == "Fn::And":
                return all(again(each) for each in argument)
            if key == "Fn::Join":
                return argument[0].join(again(argument[1]))
            if key == "Fn::Split":
                return again(argument[1]).split(argument[0])
            if key == "Fn::Select":
                return again(argument[1])[int(argument[0])]
            if key == "Fn::Sub":
                return self.substitute(argument, seen)
            if key.startswith("Fn::"):
                raise ValueError(f"{key} is not known")
        entries = {key: again(below) for key, below in value.items()}
        return {key: below for key, below in entries.items() if below is not NOTHING}

    def substitute(self, argument, seen):
        text, local = argument if isinstance(argument, list) else (argument, {})
        local = {name: self.evaluate(value, seen) for name, value in local.items()}

        def replace(match):
            name, _, attribute = match[1].partition(".")
            return str(local[name] if name in local else self.reference(name, attribute or None, seen))

        return VARIABLE.sub(replace, text)

    def reference(self, name, attribute, seen):
        if name == "AWS::NoValue":
            return NOTHING
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.template["Parameters"]:
            parameter = self.template["Parameters"][name]
            value = str(self.parameters.get(name, parameter.get("Default")))
            return value.split(",") if parameter["Type"] == "CommaDelimitedList" else value
        if seen:
            seen(name)
            return "x/x:x.x.x.x"
        return self.made[name][attribute or "Ref"]
