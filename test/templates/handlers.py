"""What CloudFormation itself calls for a type of resource, by the registry's schema (cfn-lint has it)."""

import json
from pathlib import Path

import cfnlint

# What handlers list for properties that endpoint.yml does not have.
NOT_NEEDED = {
    "AWS::ApplicationAutoScaling::ScalableTarget": {
        # Scheduled actions, and targets of Lambda; a role of its own.
        "application-autoscaling:PutScheduledAction",
        "application-autoscaling:DeleteScheduledAction",
        "lambda:GetProvisionedConcurrencyConfig",
        "lambda:PutProvisionedConcurrencyConfig",
        "lambda:DeleteProvisionedConcurrencyConfig",
    },
}


def actions_of(kind):
    """Actions to create, read, update and delete a resource of a type."""
    schemas = Path(cfnlint.__file__).parent / "data/schemas"
    file = json.loads((schemas / "providers/us-east-1.json").read_text(encoding="utf-8"))[kind]
    handlers = json.loads((schemas / f"resources/{file}.json").read_text(encoding="utf-8"))["handlers"]
    actions = {action for name in ("create", "read", "update", "delete") for action in handlers.get(name, {}).get("permissions", [])}
    return actions - NOT_NEEDED.get(kind, set())
