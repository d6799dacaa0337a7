"""The lists that can be taken home as files: which is meant by what filters, and its rows part by part."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import ClassVar, Protocol

from hotline.domain.actors import Actor, Role
from hotline.domain.errors import Invalid, NotFound
from hotline.domain.ids import TicketKey
from hotline.services import deadlines, search, ticket_list
from hotline.services.ports import Storage, Transaction
from hotline.services.ports_search import Found
from hotline.services.screens import mask
from hotline.services.search import MOST_AT_ONCE, TicketQuery
from hotline.services.ticket_list import ListQuery


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a list; with them `share` of it is read, 0 to 99."""

    rows: list[Found]
    share: int


class ExportList(Protocol):
    """A list of tickets that a screen shows, to be read whole."""

    name: ClassVar[str]

    def asked(self) -> dict[str, str]:
        """Its filters, as its maker reads them."""
        ...

    def kept(self) -> dict[str, str]:
        """What is written down of them: no whole number."""
        ...

    def looks_for_a_number(self, actor: Actor) -> bool: ...
    def parts(self, storage: Storage, actor: Actor, at: datetime) -> Iterator[Part]: ...


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Implements ExportList: what a search finds, the newest first."""

    name: ClassVar[str] = "search"
    query: TicketQuery

    def asked(self) -> dict[str, str]:
        return asdict(self.query)

    def kept(self) -> dict[str, str]:
        return asdict(replace(self.query, number=mask(self.query.number) or ""))

    def looks_for_a_number(self, actor: Actor) -> bool:
        return search.is_by_number(actor, self.query)

    def parts(self, storage: Storage, actor: Actor, at: datetime) -> Iterator[Part]:
        """How many fit is not known before the end: the share is of the time that was gone through."""
        with storage.reading() as tx:
            newest, oldest = tx.search.ends()
        after: str | None = ""
        while after is not None:
            with storage.reading() as tx:
                page = search.find(tx, actor, self.query, after, MOST_AT_ONCE)
            after = page.next
            yield Part(page.rows, _share(newest - int(after), newest - oldest) if after else 99)


@dataclass(frozen=True, slots=True)
class TicketsByDue:
    """Implements ExportList: the list of tickets, what is due first before the others."""

    name: ClassVar[str] = "tickets"
    query: ListQuery

    def asked(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self.query).items() if name != "after"}

    def kept(self) -> dict[str, str]:
        return self.asked()

    def looks_for_a_number(self, actor: Actor) -> bool:
        return False

    def parts(self, storage: Storage, actor: Actor, at: datetime) -> Iterator[Part]:
        return _by_keys(storage, actor, lambda tx: ticket_list.keys(tx, actor, self.query, at))


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureList:
    """Implements ExportList: the tickets that a figure of the supervisors' page counts, all of them."""

    name: ClassVar[str] = "deadlines"
    what: str
    unit: str | None = None
    month: str = ""

    def asked(self) -> dict[str, str]:
        of_unit = {} if self.unit is None else {"unit": self.unit}
        return {"what": self.what, "month": self.month} | of_unit

    def kept(self) -> dict[str, str]:
        return self.asked()

    def looks_for_a_number(self, actor: Actor) -> bool:
        return False

    def parts(self, storage: Storage, actor: Actor, at: datetime) -> Iterator[Part]:
        return _by_keys(storage, actor, lambda tx: deadlines.keys(tx, self.what, at, self.unit, self.month))


def read(actor: Actor, name: str, raw: object, now: datetime) -> ExportList:
    """A list out of untrusted input; refuses what the list's own page refuses, and in its words."""
    if name == SearchResult.name:
        return SearchResult(TicketQuery.from_mapping(raw))
    if name == TicketsByDue.name:
        query = ListQuery(**search.read_texts(raw, frozenset({"state", "unit", "due", "who"})))
        query.check()
        return TicketsByDue(query)
    if name == FigureList.name:
        if actor.role is not Role.SUPERVISOR:
            raise NotFound("this is not for your role")
        texts = {"what": ""} | search.read_texts(raw, frozenset({"what", "unit", "month"}))
        deadlines.check(texts["what"], texts.get("month", ""), now)
        return FigureList(**texts)
    raise Invalid("there is no such list to export")


def _by_keys(
    storage: Storage, actor: Actor, read_keys: Callable[[Transaction], Iterable[TicketKey]]
) -> Iterator[Part]:
    """The order moves with the tickets: their keys are read at one moment, so that each comes once.

    Eight bytes a ticket are kept; the rows come by a thousand, as they are by then.
    """
    with storage.reading() as tx:
        keys = array("q", read_keys(tx))
    for start in range(0, len(keys), MOST_AT_ONCE):
        some = [TicketKey(key) for key in keys[start : start + MOST_AT_ONCE]]
        with storage.reading() as tx:
            rows = [found for found in tx.search.of_keys(some) if search.may_see(actor, found)]
        yield Part(rows, _share(start + len(some), len(keys)))


def _share(done: int, whole: int) -> int:
    return min(99, max(0, round(100 * done / max(1, whole))))
