"""What is said of roles that may more or less than they were made for."""

from queue_server.doctor.database_checks import rights_findings
from queue_server.doctor.store import Rights


def rights(**wrong: tuple[str, ...]) -> Rights:
    nothing: dict[str, tuple[str, ...]] = dict.fromkeys(
        ("missing", "powerful", "alterable", "unreadable", "written_by_readers"), ()
    )
    return Rights(user="shubbak_app", **{**nothing, **wrong})


def commands(found: Rights) -> list[tuple[str, ...]]:
    told = rights_findings(found, owner="psql -U shubbak_owner", superuser="psql")
    return [each.commands for each in told]


def test_of_one_who_may_do_everything_only_that_is_told() -> None:
    assert commands(rights(powerful=("shubbak_read",), written_by_readers=("a", "b"))) == [
        ("psql", "ALTER ROLE shubbak_read NOSUPERUSER;")
    ]


def test_all_tables_of_one_right_are_mended_by_one_statement() -> None:
    assert commands(rights(alterable=("a_event", "b_event"))) == [
        (
            "psql -U shubbak_owner",
            "REVOKE UPDATE, DELETE, TRUNCATE ON a_event, b_event FROM shubbak_app;",
            "shubbak audit verify",
        )
    ]
