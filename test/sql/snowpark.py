"""Statements of Snowpark Container Services that sqlfluff's Snowflake dialect lacks, as Snowflake documents them.

See CREATE COMPUTE POOL, CREATE IMAGE REPOSITORY, CREATE SERVICE, ALTER SERVICE, CREATE FUNCTION (Snowpark Container
Services), GRANT <privileges> in Snowflake's SQL command reference.
"""

from sqlfluff.core.dialects import load_raw_dialect
from sqlfluff.core.parser import AnySetOf, BaseSegment, Bracketed, Delimited, OneOf, Ref, Sequence

KEYWORDS = """
    AUTO_SUSPEND_SECS BATCH_TIMEOUT_SECS COMPUTE CONTEXT_HEADERS ENDPOINT INSTANCE_FAMILY MAX_BATCH_RETRIES MAX_BATCH_ROWS
    MAX_INSTANCES MAX_NODES MIN_INSTANCES MIN_NODES MIN_READY_INSTANCES ON_BATCH_FAILURE POOL REPOSITORIES REPOSITORY
    RETURN_NULL SPECIFICATION SPECIFICATION_FILE ABORT IMAGE SERVICE AUTO_RESUME INITIALLY_SUSPENDED QUERY_WAREHOUSE
    EXTERNAL_ACCESS_INTEGRATIONS MONITOR
"""


def option(name, value):
    return Sequence(name, Ref("EqualsSegment"), value)


NUMBER = Ref("NumericLiteralSegment")
BOOLEAN = Ref("BooleanLiteralGrammar")
NAME = Ref("ObjectReferenceSegment")
TEXT = Ref("QuotedLiteralSegment")
IF_NOT_EXISTS = Ref("IfNotExistsGrammar", optional=True)
COMMENT = Ref("CommentEqualsClauseSegment")


class CreateComputePoolSegment(BaseSegment):
    type = "create_compute_pool_statement"
    match_grammar = Sequence(
        "CREATE",
        "COMPUTE",
        "POOL",
        IF_NOT_EXISTS,
        NAME,
        option("MIN_NODES", NUMBER),
        option("MAX_NODES", NUMBER),
        option("INSTANCE_FAMILY", Ref("SingleIdentifierGrammar")),
        AnySetOf(
            option("AUTO_RESUME", BOOLEAN),
            option("INITIALLY_SUSPENDED", BOOLEAN),
            option("AUTO_SUSPEND_SECS", NUMBER),
            COMMENT,
            optional=True,
        ),
    )


class CreateImageRepositorySegment(BaseSegment):
    type = "create_image_repository_statement"
    match_grammar = Sequence(
        "CREATE", Ref("OrReplaceGrammar", optional=True), "IMAGE", "REPOSITORY", IF_NOT_EXISTS, NAME
    )


class ShowImageRepositoriesSegment(BaseSegment):
    type = "show_image_repositories_statement"
    match_grammar = Sequence("SHOW", "IMAGE", "REPOSITORIES", Sequence("IN", "SCHEMA", NAME, optional=True))


class CreateServiceSegment(BaseSegment):
    """The order of the first options is fixed: pool, specification, then the rest."""

    type = "create_service_statement"
    match_grammar = Sequence(
        "CREATE",
        "SERVICE",
        IF_NOT_EXISTS,
        NAME,
        "IN",
        "COMPUTE",
        "POOL",
        NAME,
        "FROM",
        OneOf(
            Sequence(Ref("StagePath"), option("SPECIFICATION_FILE", TEXT)),
            Sequence("SPECIFICATION", OneOf(TEXT, Ref("DollarQuotedUDFBody"))),
        ),
        AnySetOf(
            option("EXTERNAL_ACCESS_INTEGRATIONS", Bracketed(Delimited(NAME))),
            option("AUTO_SUSPEND_SECS", NUMBER),
            option("AUTO_RESUME", BOOLEAN),
            option("MIN_INSTANCES", NUMBER),
            option("MIN_READY_INSTANCES", NUMBER),
            option("MAX_INSTANCES", NUMBER),
            option("QUERY_WAREHOUSE", NAME),
            COMMENT,
            optional=True,
        ),
    )


class AlterServiceSegment(BaseSegment):
    type = "alter_service_statement"
    match_grammar = Sequence(
        "ALTER",
        "SERVICE",
        NAME,
        OneOf(
            "SUSPEND",
            "RESUME",
            Sequence("FROM", Ref("StagePath"), option("SPECIFICATION_FILE", TEXT)),
        ),
    )


class CreateServiceFunctionSegment(BaseSegment):
    type = "create_service_function_statement"
    match_grammar = Sequence(
        "CREATE",
        Ref("AlterOrReplaceGrammar", optional=True),
        "FUNCTION",
        Ref("FunctionNameSegment"),
        Ref("FunctionParameterListGrammar"),
        "RETURNS",
        Ref("DatatypeSegment"),
        Sequence(Ref.keyword("NOT", optional=True), "NULL", optional=True),
        OneOf(
            Sequence("CALLED", "ON", "NULL", "INPUT"),
            Sequence("RETURNS", "NULL", "ON", "NULL", "INPUT"),
            "STRICT",
            optional=True,
        ),
        OneOf("VOLATILE", "IMMUTABLE", optional=True),
        option("SERVICE", NAME),
        option("ENDPOINT", Ref("SingleIdentifierGrammar")),
        AnySetOf(
            COMMENT,
            option("CONTEXT_HEADERS", Bracketed(Delimited(Ref("SingleIdentifierGrammar")))),
            option("MAX_BATCH_ROWS", NUMBER),
            option("MAX_BATCH_RETRIES", NUMBER),
            option("ON_BATCH_FAILURE", OneOf("ABORT", "RETURN_NULL")),
            option("BATCH_TIMEOUT_SECS", NUMBER),
            optional=True,
        ),
        "AS",
        TEXT,
    )


class ServiceGrantSegment(BaseSegment):
    type = "service_grant_statement"
    match_grammar = Sequence(
        "GRANT",
        OneOf(
            Sequence(Delimited(OneOf("USAGE", "MONITOR", "OPERATE")), "ON", "COMPUTE", "POOL", NAME),
            Sequence(Delimited(OneOf("READ", "WRITE")), "ON", "IMAGE", "REPOSITORY", NAME),
            Sequence(Delimited(OneOf("USAGE", "MONITOR", "OPERATE")), "ON", "SERVICE", NAME),
            Sequence(
                Delimited(
                    OneOf(
                        Sequence("CREATE", "IMAGE", "REPOSITORY"),
                        Sequence("CREATE", "SERVICE"),
                        Sequence("CREATE", "STAGE"),
                    )
                ),
                "ON",
                "SCHEMA",
                NAME,
            ),
        ),
        "TO",
        "ROLE",
        Ref("RoleReferenceSegment"),
    )


STATEMENTS = [
    CreateComputePoolSegment,
    CreateImageRepositorySegment,
    ShowImageRepositoriesSegment,
    CreateServiceSegment,
    AlterServiceSegment,
    CreateServiceFunctionSegment,
    ServiceGrantSegment,
]


def extend_dialect():
    """Adds them to the dialect that sqlfluff will use for "snowflake" in this process."""
    dialect = load_raw_dialect("snowflake")
    reserved = dialect.sets("reserved_keywords")
    dialect.sets("unreserved_keywords").update(word for word in KEYWORDS.split() if word not in reserved)
    dialect.add(**{segment.__name__: segment for segment in STATEMENTS})
    statement = dialect.get_segment("StatementSegment")
    references = [Ref(segment.__name__) for segment in STATEMENTS]
    statement.match_grammar = statement.match_grammar.copy(insert=references, at=0)
