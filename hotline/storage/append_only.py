"""The database itself refuses to change or delete an entry of the tickets' log."""

from sqlalchemy import Connection, text

SAID = "the log of tickets is only added to"
_SQLITE = tuple(
    f"create trigger ticket_log_no_{verb} before {verb} on ticket_log"
    f" begin select raise(abort, '{SAID}'); end"
    for verb in ("update", "delete")
)
_POSTGRES = (
    "create or replace function refuse_change_of_log() returns trigger language plpgsql as"
    f" $$ begin raise exception '{SAID}' using errcode = 'restrict_violation'; end $$",
    "create trigger ticket_log_append_only before update or delete or truncate on ticket_log"
    " for each statement execute function refuse_change_of_log()",
)


def forbid_changes(connection: Connection) -> None:
    """From now on entries are only added."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES:
        connection.execute(text(statement))


def permit_changes(connection: Connection) -> None:
    """For a migration that makes the table anew."""
    if connection.dialect.name == "sqlite":
        for verb in ("update", "delete"):
            connection.execute(text(f"drop trigger if exists ticket_log_no_{verb}"))
    else:
        connection.execute(text("drop trigger if exists ticket_log_append_only on ticket_log"))
        connection.execute(text("drop function if exists refuse_change_of_log()"))
