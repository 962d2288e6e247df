"""Runs the tutorial's SQL for Snowflake on DuckDB, translated by sqlglot, and holds it to the local files.

    pip install 'sqlglot>=30,<31' duckdb
    npm run check:twins

What only Snowflake has (stages, COPY, streams, tasks) is left out by name, and its outcome put there: the rows of the
sample, and the answers of its entities.jsonl for the function ner. All else must run, and answer what the local file of
the same name answers.
"""

import datetime
import logging
import pathlib
import re
import sys

try:
    import duckdb
    import sqlglot
    from sqlglot import exp
except ImportError:
    print("check:twins needs sqlglot and duckdb: pip install 'sqlglot>=30,<31' duckdb, and PYTHON=... where they are not in python3.", file=sys.stderr)
    sys.exit(2)

TUTORIAL = pathlib.Path(__file__).resolve().parents[2] / "docs" / "tutorials"
ONLY_SNOWFLAKE = re.compile(
    r"(CREATE (OR REPLACE )?(WAREHOUSE|DATABASE|SCHEMA|STAGE|FILE FORMAT|STREAM|TASK)|ALTER TASK|USE|PUT|COPY) ?\b", re.I
)


def translate(statement):
    """Snowflake's expression in DuckDB's words; where sqlglot 30 is not enough, by hand."""

    def mend(node):
        # A VARIANT becomes text without quotes; JSON becomes text with them.
        if isinstance(node, exp.Cast) and isinstance(node.this, exp.JSONExtract):
            node.set("this", exp.JSONExtractScalar(this=node.this.this, expression=node.this.expression))
        return node

    sql = statement.transform(mend).sql(dialect="duckdb")
    sql = re.sub(r",\s*(CROSS JOIN|LATERAL)? UNNEST\(INPUT => ([\w.]+)\) AS (\w+)(\([^)]*\))?", r", JSON_EACH(\2) AS \3", sql)
    sql = re.sub(r"\bmodelhost\.functions\.ner\b", "ner", sql, flags=re.I)
    return re.sub(r"\$min_tweets", "GETVARIABLE('min_tweets')", sql)


def plain(value):
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return round(float(value), 6) if isinstance(value, (int, float)) or hasattr(value, "as_tuple") else value


def rows_of(cursor):
    return [tuple(map(plain, row)) for row in cursor.fetchall()]


def set_up():
    database = duckdb.connect()
    for name, file in [("tweets", "tweets.csv"), ("entities", "entities.jsonl")]:
        database.execute(f"SET VARIABLE {name} = '{TUTORIAL / 'sample' / file}'")
    database.execute("SET VARIABLE min_tweets = 3")
    return database


def run_local(database):
    return {
        file.stem: rows_of(database.execute(file.read_text()))
        for file in sorted((TUTORIAL / "local").glob("*.sql"))
    }


def run_snowflake(database):
    """In a database where the local files ran: what they left of stages, streams and the model is used."""
    database.execute("CREATE TABLE copied AS FROM loaded; CREATE TABLE answers AS FROM scored; CREATE TABLE texts AS FROM tweets")
    database.execute("DROP TABLE loaded; DROP VIEW mentions; DROP VIEW own_tweets")
    database.execute("DROP TABLE scored; DROP TABLE tweets; DROP TABLE entities; DROP TABLE aliases")
    database.execute(
        "CREATE MACRO ner(t) AS (SELECT ANY_VALUE(entities) FROM answers JOIN texts USING (id) WHERE text IS NOT DISTINCT FROM t)"
    )
    answers, ran = {}, 0
    for file in sorted((TUTORIAL / "sql").glob("*.sql")):
        if file.stem == "02-load":
            database.execute("INSERT INTO loaded BY NAME FROM copied")
        if file.stem == "03-score":
            database.execute("CREATE VIEW tweets_to_score AS FROM tweets")
        for statement in sqlglot.parse(file.read_text(), read="snowflake"):
            if statement is None or isinstance(statement, exp.Set):  # min_tweets is set for all
                continue
            if ONLY_SNOWFLAKE.match(statement.sql(dialect="snowflake", comments=False)):
                continue
            cursor = database.execute(translate(statement))
            ran += 1
        answers[file.stem] = rows_of(cursor)
    return answers, ran


def main():
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # statements it knows by name only
    database = set_up()
    local = run_local(database)
    snowflake, ran = run_snowflake(database)
    different = [step for step in sorted(local | snowflake) if local.get(step) != snowflake.get(step)]
    for step in different:
        print(f"{step}\n  local     {local.get(step)}\n  Snowflake {snowflake.get(step)}")
    print(f"{len(local) - len(different)} of {len(local)} files answer the same; {ran} statements of Snowflake's ran")
    sys.exit(1 if different else 0)


main()
