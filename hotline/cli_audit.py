"""`hotline audit`: whether the tickets' log is whole, and its newest hash to be written down elsewhere."""

import sys
from datetime import UTC, datetime

import click

from hotline.anchor_file import AnchorFile
from hotline.cli import one_sentence
from hotline.domain.errors import Invalid
from hotline.services.audit import Anchor
from hotline.services.ports import Storage
from hotline.services.ports_courses import LogHead
from hotline.settings import Settings


@click.group()
def audit() -> None:
    """The tickets' log: only added to, every entry chained by hash to the one before."""


@audit.command()
@click.option("--written-down", "kept", help="`SEQ HASH` as `hotline audit head` once said.")
@one_sentence
def verify(kept: str | None) -> None:
    """Read the whole log; name the first broken entry and exit with 1."""
    from hotline import bootstrap
    from hotline.services import audit as log

    storage, book = _open()
    anchors = [*book.read(), *([_written_down(kept)] if kept else [])]
    with storage.reading() as tx:
        found = log.verify(tx, anchors, _progress)
    if isinstance(found, log.Broken):
        click.echo(f"broken: {found}")
        sys.exit(1)
    click.echo(f"whole: {found.head.seq} entries of {found.tickets} tickets, {len(anchors)} anchors")
    if found.head.seq:
        click.echo(f"{found.head.seq} {found.head.chain}")
        with storage.reading() as tx:
            log.anchor(tx, book, bootstrap.utc_now())


@audit.command()
@one_sentence
def head() -> None:
    """Say the newest hash over all entries, and write it down in RUNTIME_DIR/log/audit.anchor."""
    from hotline import bootstrap
    from hotline.services import audit as log

    storage, book = _open()
    with storage.reading() as tx:
        newest = log.anchor(tx, book, bootstrap.utc_now())
    click.echo(f"{newest.head.seq} {newest.head.chain}")


def _open() -> tuple[Storage, AnchorFile]:
    from hotline import bootstrap

    settings = Settings.from_env()
    return bootstrap.open_hotline(settings).storage, AnchorFile(settings.runtime_dir / "log")


def _written_down(text: str) -> Anchor:
    seq, _, chain = text.partition(" ")
    if not seq.isascii() or not seq.isdigit() or len(chain) != 64:
        raise Invalid("what was written down is a number and a hash of 64 characters")
    return Anchor(head=LogHead(seq=int(seq[:9]), chain=chain.lower()), at=datetime.now(UTC))


def _progress(done: int, of: int) -> None:
    click.echo(f"  {done} of {of}", err=True)
