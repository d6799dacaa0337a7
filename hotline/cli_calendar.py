"""`hotline calendar`: the table of working days shown, imported and edited; changes are shown first."""

from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from hotline.cli import one_sentence
from hotline.domain.calendar import Arrangement
from hotline.domain.deadlines import Move
from hotline.domain.errors import NotFound
from hotline.services.calendar import Preview
from hotline.settings import Settings

WHO = "command line"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_MOVES = 20
apply_option = click.option("--apply", "really", is_flag=True, help="Do it after showing what changes.")


@click.group()
def calendar() -> None:
    """Working days: holidays off, make-up days worked."""


@calendar.command()
@click.argument("year", type=int)
@one_sentence
def show(year: int) -> None:
    """Show the days of YEAR that are not what their weekday says."""
    with _storage().reading() as tx:
        found = tx.calendar.load().of_year(year)
    if found is None:
        raise NotFound(f"nothing is known of {year}: its weekends are off, all else is worked")
    state = "provisional: statutory holidays only" if found.provisional else "published"
    click.echo(f"{year}  {state}")
    for paper in found.papers:
        click.echo(f"from {paper}")
    for special in found.days:
        click.echo(_day_line(special.day, found))


@calendar.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@apply_option
@one_sentence
def import_(file: Path, really: bool) -> None:
    """Show what the published yearly arrangement in FILE (JSON) changes."""
    from hotline.calendars import published

    _change(published.read_file(file), really)


@calendar.command()
@click.argument("year", type=int)
@apply_option
@one_sentence
def take(year: int, really: bool) -> None:
    """Show what YEAR's arrangement as the library chinesecalendar has it changes."""
    from hotline.calendars import sources

    _change(sources.published(year), really)


@calendar.command("set")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("what", type=click.Choice(["off", "worked", "usual"]))
@click.option("--name", default="", help="Why, as it is shown; needed for off and worked.")
@apply_option
@one_sentence
def set_(day: datetime, what: str, name: str, really: bool) -> None:
    """Show what it changes to have DAY off, worked, or as its weekday says."""
    from hotline.services import calendar as table

    off = {"off": True, "worked": False, "usual": None}[what]
    with _storage().reading() as tx:
        arrangement = table.edited(tx, day.date(), off, name)
    _change(arrangement, really)


def _storage() -> Any:
    from hotline import bootstrap

    return bootstrap.open_hotline(Settings.from_env()).storage


def _change(arrangement: Arrangement, really: bool) -> None:
    from hotline import bootstrap
    from hotline.services import calendar as table

    hotline = bootstrap.open_hotline(Settings.from_env())
    limits = hotline.settings.time_limits
    with hotline.storage.reading() as tx:
        shown = table.preview(tx, arrangement, limits)
    _tell(shown)
    if shown.changes_nothing:
        return
    if not really:
        click.echo("nothing is changed yet: add --apply")
        return
    with hotline.storage.writing() as tx:
        done = table.apply(tx, arrangement, shown.revision, WHO, bootstrap.utc_now(), limits)
    click.echo(f"done: {len(done.promises)} open deadlines moved")


def _tell(shown: Preview) -> None:
    year = shown.after.year
    if shown.changes_nothing:
        click.echo(f"{year}: the table says this already, nothing changes")
        return
    click.echo(
        f"{year}: {len(shown.changed_days)} days change;"
        f" {len(shown.promises)} of {shown.open_tickets} open deadlines move,"
        f" of {shown.inner} tickets the time to sign, return, assist or call back"
    )
    for line in map(partial(_day_line, arrangement=shown.after), shown.changed_days):
        click.echo(line)
    for move in shown.promises[:MOST_MOVES]:
        click.echo(_move_line(move))
    if len(shown.promises) > MOST_MOVES:
        click.echo(f"  … and {len(shown.promises) - MOST_MOVES} more")


def _day_line(day: date, arrangement: Arrangement) -> str:
    special = next((s for s in arrangement.days if s.day == day), None)
    what = "usual" if special is None else "off" if special.off else "worked"
    return f"  {day} {WEEKDAYS[day.weekday()]}  {what:<6}  {special.name if special else ''}".rstrip()


def _move_line(move: Move) -> str:
    before = move.clock.deadline
    was = f"{before.day}{' provisional' if before.provisional else ''}" if before else "none"
    now = f"{move.after.day}{' provisional' if move.after.provisional else ''}"
    return f"  {move.clock.ticket_id}  {was} -> {now}"
