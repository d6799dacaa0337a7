"""`hotline api-key`: keys for programs, from the command line; `hotline search`: the index of tickets."""

from datetime import UTC, datetime

import click

from hotline.cli import one_sentence
from hotline.settings import Settings


@click.group("api-key")
def api_key() -> None:
    """Keys with which other programs use /api/v1."""


@api_key.command("create")
@click.argument("name")
@click.option(
    "--role", type=click.Choice(["seat", "supervisor", "unit"]), default="supervisor", show_default=True
)
@click.option("--unit", help="the unit's id, for the role unit")
@click.option("--write", is_flag=True, help="It may also write; without, it may only read.")
@click.option("--per-minute", type=int, default=120, show_default=True, help="requests it may make")
@one_sentence
def create(name: str, role: str, unit: str | None, write: bool, per_minute: int) -> None:
    """Make a key for the program NAME; it is shown once."""
    from hotline import bootstrap
    from hotline.domain.ids import UnitId
    from hotline.services import api_keys

    hotline = bootstrap.open_hotline(Settings.from_env())
    with hotline.storage.writing() as tx:
        new = api_keys.create(
            tx, name=name, role=role, unit=UnitId(unit) if unit else None, may_write=write,
            per_minute=per_minute, made_by="command line", at=datetime.now(UTC),
        )  # fmt: skip
    click.echo(new.text)


@api_key.command("list")
@one_sentence
def list_keys() -> None:
    """All keys, the newest first: id, name, what it may do, when it was used."""
    from hotline import bootstrap

    hotline = bootstrap.open_hotline(Settings.from_env())
    with hotline.storage.reading() as tx:
        for key in tx.api.all():
            may = (
                f"{key.role}{' ' + key.unit if key.unit else ''} {'read+write' if key.may_write else 'read'}"
            )
            used = f"{key.last_used_at:%Y-%m-%d %H:%M}Z" if key.last_used_at else "never used"
            state = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}Z" if key.revoked_at else used
            click.echo(f"{key.id}\thl_{key.prefix}_…\t{key.name}\t{may}\t{key.per_minute}/min\t{state}")


@api_key.command("revoke")
@click.argument("key_id", type=int)
@one_sentence
def revoke(key_id: int) -> None:
    """KEY_ID (from `list`) opens nothing from now on."""
    from hotline import bootstrap
    from hotline.services import api_keys

    hotline = bootstrap.open_hotline(Settings.from_env())
    with hotline.storage.writing() as tx:
        key = api_keys.revoke(tx, key_id, datetime.now(UTC))
    click.echo(f"{key.name} is revoked")
