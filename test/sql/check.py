"""Parses SQL as Snowflake does, with sqlfluff's Snowflake dialect: python check.py [FILE or FOLDER ...]

Each statement is parsed to its end. Exit 0 when all are Snowflake's, 1 when one is not, 2 when sqlfluff is not installed.
"""

import re
import sys
from pathlib import Path

try:
    from sqlfluff.core import Linter
except ImportError:
    print("check:sql needs sqlfluff: pip install 'sqlfluff>=4.5,<5', and PYTHON=... where it is not in python3.", file=sys.stderr)
    sys.exit(2)

from snowpark import extend_dialect

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [ROOT / "container/snowflake/sql", ROOT / "docs/tutorials/sql"]

# PUT and GET are commands of a client. Their URLs may stand without quotes, where the dialect sees a comment in "//".
CLIENT_URL = re.compile(r"^(\s*(?:PUT|GET)\s.*?)(file://\S+)", re.IGNORECASE | re.MULTILINE)


def files_of(paths):
    for path in paths:
        yield from sorted(path.rglob("*.sql")) if path.is_dir() else [path]


def check(linter, path):
    """Counts the statements of a file, and says what is wrong with it."""
    text = CLIENT_URL.sub(r"\1'\2'", path.read_text(encoding="utf-8"))
    parsed = linter.parse_string(text, fname=str(path))
    problems = [f"{path}:{v.line_no}:{v.line_pos} {v.desc()}" for v in parsed.violations]
    # What is there must have been parsed: no tree is no proof.
    statements = [] if parsed.tree is None else list(parsed.tree.recursive_crawl("statement", recurse_into=False))
    if not statements and not problems:
        problems.append(f"{path}:1:1 There is no statement.")
    return len(statements), problems


def main(arguments):
    extend_dialect()
    linter = Linter(dialect="snowflake")
    paths = [Path(argument) for argument in arguments] or [folder for folder in FOLDERS if folder.exists()]
    files = statements = 0
    failed = []
    for path in files_of(paths):
        count, problems = check(linter, path)
        files += 1
        statements += count
        failed += problems
    for problem in failed:
        print(problem, file=sys.stderr)
    print(f"{statements} statements in {files} files, {len(failed)} problems")
    return 1 if failed or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
