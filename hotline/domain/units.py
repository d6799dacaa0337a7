"""The handling units as a tree: departments of the city, its towns, and the communities of a town."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hotline.domain.errors import Conflict, Invalid
from hotline.domain.ids import UnitId
from hotline.domain.ticket import FieldsInvalid

LONGEST_NAME = 60
LONGEST_EMAIL = 254
# One address and nothing that could start another header line or another recipient.
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\Z")


class Level(StrEnum):
    """Where a unit stands in the city."""

    CITY = "city"
    TOWN = "town"
    COMMUNITY = "community"


# Under whom a unit of a level may stand; None: under nobody.
PARENTS: dict[Level, frozenset[Level | None]] = {
    Level.CITY: frozenset({None, Level.CITY}),
    Level.TOWN: frozenset({None}),
    Level.COMMUNITY: frozenset({Level.TOWN}),
}


class UnitInvalid(FieldsInvalid):
    """The unit cannot be kept so; `problems` maps each field to a key of the reason."""

    def __init__(self, problems: dict[str, str]) -> None:
        Invalid.__init__(self, "the unit is not complete: " + ", ".join(sorted(problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One handling unit. `successor` took its open tickets over when it was closed."""

    id: UnitId
    name: str
    level: Level
    parent: UnitId | None = None
    email: str = ""
    closed_at: datetime | None = None
    successor: UnitId | None = None

    @property
    def is_open(self) -> bool:
        """It may be given work."""
        return self.closed_at is None


class UnitTree:
    """All units, to be asked who stands where."""

    __slots__ = ("_by_id", "_children")

    def __init__(self, units: Iterable[Unit]) -> None:
        self._by_id = {unit.id: unit for unit in units}
        self._children: dict[UnitId | None, list[Unit]] = {}
        for unit in self._by_id.values():
            self._children.setdefault(unit.parent, []).append(unit)

    def get(self, unit_id: UnitId | None) -> Unit | None:
        """The unit with that id."""
        return self._by_id.get(unit_id) if unit_id else None

    def named(self, name: str) -> Unit | None:
        """The unit with that name."""
        return next((unit for unit in self._by_id.values() if unit.name == name), None)

    def below(self, unit_id: UnitId) -> Iterator[Unit]:
        """All that stand under it, near ones first in each branch."""
        for child in self._children.get(unit_id, ()):
            yield child
            yield from self.below(child.id)

    def in_order(self) -> list[tuple[int, Unit]]:
        """Every unit with its depth: city, towns with their communities, in the order of their ids."""
        found: list[tuple[int, Unit]] = []
        levels = list(Level)

        def walk(parent: UnitId | None, depth: int) -> None:
            for unit in sorted(self._children.get(parent, ()), key=lambda u: (levels.index(u.level), u.id)):
                found.append((depth, unit))
                walk(unit.id, depth + 1)

        walk(None, 0)
        return found

    def problems(self, unit: Unit) -> dict[str, str]:
        """What stands against keeping `unit` like this, by field; empty when nothing does."""
        found = _plain_problems(unit)
        twin = self.named(unit.name)
        if "name" not in found and twin and twin.id != unit.id:
            found["name"] = "taken"
        parent = self.get(unit.parent)
        if unit.parent and (parent is None or not parent.is_open):
            found["parent"] = "unknown"
        elif (parent.level if parent else None) not in PARENTS[unit.level]:
            found["parent"] = "wrong_level"
        elif parent and (parent.id == unit.id or any(parent.id == under.id for under in self.below(unit.id))):
            found["parent"] = "own_child"
        if any(unit.level not in PARENTS[under.level] for under in self._children.get(unit.id, ())):
            found["level"] = "has_children"
        return found


def is_mail_address(text: str) -> bool:
    """One address, and nothing else that a mail's head could take for something."""
    return len(text) <= LONGEST_EMAIL and bool(_EMAIL.match(text))


def _plain_problems(unit: Unit) -> dict[str, str]:
    found: dict[str, str] = {}
    if not unit.name.strip():
        found["name"] = "required"
    elif len(unit.name) > LONGEST_NAME:
        found["name"] = "too_long"
    elif not unit.name.isprintable() or unit.name != unit.name.strip():
        found["name"] = "unreadable"
    if unit.email and not is_mail_address(unit.email):
        found["email"] = "no_address"
    return found


def next_id(units: Iterable[Unit]) -> UnitId:
    """`u001`, `u002` …; a number is never given twice, for closed units stay."""
    return UnitId(f"u{max((int(unit.id[1:]) for unit in units), default=0) + 1:03d}")


def parent_by_name(name: str, units: Iterable[Unit]) -> Unit | None:
    """The longest-named department of the city that `name` begins with: 市公安局 for 市公安局交通警察大队."""
    above = [u for u in units if u.level is Level.CITY and name.startswith(u.name) and name != u.name]
    return max(above, key=lambda unit: len(unit.name), default=None)


class UnitBusy(Conflict):
    """The unit cannot be closed yet; what is still to be done is in it, the first of each kind by name."""

    def __init__(
        self, tickets: int, first: tuple[str, ...], accounts: tuple[str, ...], below: tuple[str, ...]
    ):
        parts = [
            f"{tickets} open tickets ({', '.join(first)}{' …' if tickets > len(first) else ''}): "
            "name the unit that takes them over"
            if tickets
            else "",
            f"accounts {', '.join(accounts)}: disable or assign them" if accounts else "",
            f"units below it ({', '.join(below)}): close or move them" if below else "",
        ]
        super().__init__("before this unit is closed: " + "; ".join(part for part in parts if part))
        self.tickets, self.first, self.accounts, self.below = tickets, first, accounts, below
