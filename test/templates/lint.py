"""Checks CloudFormation templates with cfn-lint: python lint.py [FILE or FOLDER ...]

Each resource is checked against its schema, and much else: types and limits of properties, references, state machines.
Exit 0 when there is nothing to say, 1 when there is, 2 when cfn-lint is not installed.
"""

import sys
from pathlib import Path

try:
    from cfnlint.api import lint_file
    from cfnlint.config import ManualArgs
except ImportError:
    print("check:templates needs cfn-lint: pip install 'cfn-lint>=1.58,<2', and PYTHON=... where it is not in python3.", file=sys.stderr)
    sys.exit(2)

ROOT = Path(__file__).resolve().parents[2]


def templates_of(paths):
    """Other files are YAML, too."""
    for path in paths:
        files = sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]
        yield from (file for file in files if "AWSTemplateFormatVersion" in file.read_text(encoding="utf-8"))


def main(arguments):
    paths = [Path(argument) for argument in arguments] or [ROOT / "container"]
    templates = list(templates_of(paths))
    problems = [(path, match) for path in templates for match in lint_file(path, config=ManualArgs(regions=["us-east-1", "eu-central-1"]))]
    for path, match in problems:
        print(f"{path}:{match.linenumber}:{match.columnnumber} {match.rule.id} {match.message}", file=sys.stderr)
    print(f"{len(templates)} templates, {len(problems)} problems")
    return 1 if problems or not templates else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
