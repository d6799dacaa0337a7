"""Who acts on a ticket: a person with a role, of a unit perhaps, or the hotline itself."""

from dataclasses import dataclass
from enum import StrEnum

from hotline.domain.ids import AccountId, UnitId


class Role(StrEnum):
    """What a person is at the hotline; `system` is the hotline itself (the clock, for one)."""

    SEAT = "seat"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    UNIT = "unit"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """`name` is the login: it is what the log says for ever."""

    account: AccountId | None
    name: str
    role: Role
    unit: UnitId | None = None


HOTLINE = Actor(account=None, name="hotline", role=Role.SYSTEM)
