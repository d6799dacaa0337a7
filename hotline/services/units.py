"""The tree of handling units: filled at the first start, edited by administrators, units closed with care."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from hotline.domain.actors import HOTLINE, Actor, Role
from hotline.domain.errors import Conflict, NotFound
from hotline.domain.ids import TicketId, UnitId
from hotline.domain.places import Place
from hotline.domain.ticket_moves import Action
from hotline.domain.units import Level, Unit, UnitBusy, UnitInvalid, UnitTree, next_id, parent_by_name
from hotline.services import courses
from hotline.services.ports import Transaction

NAMED_AT_MOST = 5
TOWN_KINDS = frozenset({"district", "town"})


def furnish(tx: Transaction, names: Iterable[str], places: Iterable[Place] = ()) -> list[Unit]:
    """At every start: a unit for each name of the topics file that has none; at the first also the towns.

    `places` are the demo's: its towns and their communities become units. Returns what was added.
    """
    known = tx.units.to_change()
    first, before = not known, len(known)

    def add(name: str, level: Level, parent: Unit | None) -> None:
        if all(unit.name != name for unit in known):
            unit = Unit(id=next_id(known), name=name, level=level, parent=parent.id if parent else None)
            tx.units.add(unit)
            known.append(unit)

    listed_names = list(dict.fromkeys(names))
    for name in listed_names:
        for above in sorted((n for n in listed_names if name.startswith(n)), key=len):  # itself the last
            add(above, Level.CITY, parent_by_name(above, known))
    if first:
        listed = list(places)
        for place in (p for p in listed if p.kind in TOWN_KINDS):
            add(place.name, Level.TOWN, None)
        towns = {unit.name: unit for unit in known if unit.level is Level.TOWN}
        for place in (p for p in listed if p.kind == "community" and p.within in towns):
            add(place.name, Level.COMMUNITY, towns[place.within])
    return known[before:]


def require(tx: Transaction, unit_id: UnitId) -> Unit:
    """A unit that may be given work. Raises NotFound, or Conflict when it is closed."""
    unit = get(tx, unit_id)
    if not unit.is_open:
        raise Conflict(f"{unit.name} is closed: choose another unit")
    return unit


def get(tx: Transaction, unit_id: UnitId) -> Unit:
    """A unit, closed ones too. Raises NotFound."""
    unit = tx.units.get(unit_id)
    if unit is None:
        raise NotFound("there is no such unit")
    return unit


def create(tx: Transaction, *, name: str, level: str, parent: str, email: str) -> Unit:
    """A new unit. Raises UnitInvalid naming each wrong field."""
    known = tx.units.to_change()
    unit = _read(UnitTree(known), next_id(known), name=name, level=level, parent=parent, email=email)
    tx.units.add(unit)
    return unit


def change(tx: Transaction, unit_id: UnitId, *, name: str, level: str, parent: str, email: str) -> Unit:
    """Another name, level, place in the tree or address. Raises UnitInvalid, NotFound, Conflict (closed)."""
    tree = UnitTree(tx.units.to_change())
    if not _known(tree, unit_id).is_open:
        raise Conflict("this unit is closed: open it again first")
    unit = _read(tree, unit_id, name=name, level=level, parent=parent, email=email)
    tx.units.save(unit)
    return unit


def close(
    tx: Transaction, unit_id: UnitId, at: datetime, successor: UnitId | None = None, actor: Actor = HOTLINE
) -> Unit:
    """No new work for it; `successor` takes over what it has, each matter with an entry in its log.

    Raises UnitBusy with what is still to be done; closing it twice changes nothing.
    """
    tx.calendar.load()  # before its tickets are locked
    tree = UnitTree(tx.units.to_change())
    unit = _known(tree, unit_id)
    if not unit.is_open:
        return unit
    leads, parts = tx.work.leads_of(unit_id), tx.work.parts_of(unit_id)
    work = [] if successor else [*leads, *parts]
    logins = [account.login for account in tx.accounts.of_unit(unit_id) if account.active]
    below = [under.name for under in tree.below(unit_id) if under.is_open]
    if work or logins or below:
        shown = (tuple(found[:NAMED_AT_MOST]) for found in (work, logins, below))
        raise UnitBusy(len(work), *shown)
    if successor:
        _pass_on(tx, actor, unit, require(tx, successor), leads, parts, at)
    closed = replace(unit, closed_at=at, successor=successor)
    tx.units.save(closed)
    return closed


def _pass_on(
    tx: Transaction,
    actor: Actor,
    unit: Unit,
    successor: Unit,
    leads: Sequence[TicketId],
    parts: Sequence[TicketId],
    at: datetime,
) -> None:
    if successor.id == unit.id:
        raise Conflict("another unit must take its tickets over")
    for ticket_id in leads:
        _do(tx, actor, ticket_id, Action.PASS_ON, {"unit": successor.id}, at)
    for ticket_id in parts:
        _do(tx, actor, ticket_id, Action.PASS_PART, {"unit": successor.id, "before": unit.id}, at)


def _do(
    tx: Transaction, actor: Actor, ticket_id: TicketId, action: Action, said: Mapping[str, str], at: datetime
) -> None:
    course = tx.courses.get(ticket_id)
    assert course is not None  # it was found in this transaction
    in_his_name = replace(actor, role=Role.SYSTEM)  # nobody may do it but by closing a unit
    courses.perform_in(tx, in_his_name, ticket_id, course.version, action, said, at)


def reopen(tx: Transaction, unit_id: UnitId) -> Unit:
    """It may be given work again. Raises Conflict while what it stood under is closed."""
    tree = UnitTree(tx.units.to_change())
    unit = _known(tree, unit_id)
    opened = replace(unit, closed_at=None, successor=None)
    if "parent" in tree.problems(opened):
        raise Conflict("open the unit above it first")
    tx.units.save(opened)
    return opened


def tree_view(tx: Transaction) -> list[dict[str, Any]]:
    """Every unit in the order of the tree, with its depth."""
    return [_view(depth, unit) for depth, unit in UnitTree(tx.units.all()).in_order()]


def _view(depth: int, unit: Unit) -> dict[str, Any]:
    shown = {name: getattr(unit, name) for name in ("id", "name", "level", "parent", "email", "successor")}
    return shown | {"depth": depth, "closed_at": unit.closed_at.timestamp() if unit.closed_at else None}


def _known(tree: UnitTree, unit_id: UnitId) -> Unit:
    unit = tree.get(unit_id)
    if unit is None:
        raise NotFound("there is no such unit")
    return unit


def _read(tree: UnitTree, unit_id: UnitId, *, name: str, level: str, parent: str, email: str) -> Unit:
    if level not in set(Level):
        raise UnitInvalid({"level": "unknown"})
    unit = Unit(
        id=unit_id, name=name.strip(), level=Level(level), email=email.strip(), parent=UnitId(parent) or None
    )  # fmt: skip
    problems = tree.problems(unit)
    if problems:
        raise UnitInvalid(problems)
    return unit
