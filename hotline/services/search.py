"""Finding tickets: what is asked for is checked, and only what this actor may see is answered."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hotline.domain.actors import Actor, Role
from hotline.domain.calendar import SHANGHAI
from hotline.domain.errors import Invalid
from hotline.domain.ids import AccountId, TicketId
from hotline.domain.search_terms import (
    LONGEST_QUERY,
    MOST_WORDS,
    SHORTEST_WORD,
    facet,
    ordinal_of,
    pairs,
    place_pairs,
    plain_number,
    says,
    words_of,
)
from hotline.domain.ticket import OPEN_STATES, FieldsInvalid, Kind, TicketState
from hotline.services.ports import Transaction
from hotline.services.ports_search import Found, Wanted
from hotline.services.screens import mask

OPEN = "open"  # stands for all states in which the citizen's clock runs
STATES = frozenset({OPEN, *TicketState}) - {TicketState.DRAFT}
MOST_ROWS = 200  # on a screen or for a program; an export takes larger pages
MOST_AT_ONCE = 1_000
LOOKED_FOR = "search"  # as the records of looks name it
_LOOK_AT_MOST = 4_000  # candidates a page; beyond them the page is short and its cursor leads on
_ID = re.compile(r"(?:T-)?(\d{4})-(\d{1,9})\Z", re.IGNORECASE)
_NUMBER = re.compile(r"\+?\d[\d -]{5,18}\d\Z")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketQuery:
    """What somebody looks for; everything given must fit. Days are the city's, both ends included."""

    words: str = ""
    number: str = ""
    place: str = ""
    unit: str = ""
    state: str = ""
    kind: str = ""
    topic: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def from_mapping(cls, raw: object) -> "TicketQuery":
        """Read untrusted input; raises FieldsInvalid naming every wrong field."""
        query = cls(**read_texts(raw, frozenset(field.name for field in fields(cls))))
        problems = query._problems()
        if problems:
            raise FieldsInvalid(problems)
        return query

    def _problems(self) -> dict[str, str]:
        problems: dict[str, str] = {}
        for name in ("words", "place"):
            words = words_of(getattr(self, name))
            if getattr(self, name) and all(len(word) < SHORTEST_WORD for word in words):
                problems[name] = "too_short"
            elif len(words) > MOST_WORDS:
                problems[name] = "too_many_words"
        if self.number and not 3 <= len(plain_number(self.number)) <= 20:
            problems["number"] = "unreadable"
        if self.state and not set(self.state.split(",")) <= STATES:
            problems["state"] = "unknown"
        if self.kind and self.kind not in set(Kind):
            problems["kind"] = "unknown"
        for name in ("since", "until"):
            if getattr(self, name) and _day(getattr(self, name)) is None:
                problems[name] = "no_day"
        if not problems and self.since and self.until and self.since > self.until:
            problems["until"] = "before_since"
        return problems

    @property
    def states(self) -> frozenset[str]:
        """Empty when any will do."""
        chosen = set(self.state.split(",")) if self.state else set()
        return frozenset((chosen - {OPEN}) | (OPEN_STATES if OPEN in chosen else set()))


def read_texts(raw: object, known: frozenset[str]) -> dict[str, str]:
    """Short texts by their names, as untrusted input gives them. Raises FieldsInvalid."""
    if not isinstance(raw, Mapping):
        raise Invalid("a query must be an object")
    problems: dict[str, str] = {}
    for name, value in raw.items():
        if name not in known:
            problems[str(name)[:40]] = "unknown"
        elif not isinstance(value, str):
            problems[name] = "wrong_type"
        elif len(value) > LONGEST_QUERY:
            problems[name] = "too_long"
        elif not value.isprintable():
            problems[name] = "unreadable"
    if problems:
        raise FieldsInvalid(problems)
    return {name: value.strip() for name, value in raw.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of what was found, the newest first; `next` is the cursor to go on from, None at the end."""

    rows: list[Found]
    next: str | None


def find(tx: Transaction, actor: Actor, query: TicketQuery, after: str = "", limit: int = 50) -> Page:
    """One page. Raises FieldsInvalid; finds nothing that the actor may not see."""
    if not 1 <= limit <= MOST_AT_ONCE:
        raise FieldsInvalid({"limit": "out_of_range"})
    query = _read_number(actor, query)
    named = _ID.match(query.words)
    if named:
        found = tx.search.by_id(TicketId(f"T-{named[1]}-{int(named[2]):06d}"))
        return Page(rows=[found] if found and _fits(actor, query, found, named=True) else [], next=None)
    wanted = _wanted(actor, query, _cursor(after))
    rows: list[Found] = []
    looked_at, step = 0, limit + 1
    while looked_at < _LOOK_AT_MOST:
        ordinals = tx.search.candidates(wanted, step)
        rows += [found for found in tx.search.load(ordinals) if _fits(actor, query, found)]
        if len(rows) > limit:
            return Page(rows=rows[:limit], next=str(rows[limit - 1].ordinal))
        if len(ordinals) < step:
            return Page(rows=rows, next=None)
        looked_at += step
        step = min(4 * step, 1_000 + limit)
        wanted = Wanted(groups=wanted.groups, low=wanted.low, high=ordinals[-1], number=wanted.number)
    return Page(rows=rows, next=str(wanted.high))


def is_by_number(actor: Actor, query: TicketQuery) -> bool:
    """Whether it asks what one caller told: then what it shows is recorded, before it is shown."""
    return bool(_read_number(actor, query).number)


def record(tx: Transaction, account: AccountId, rows: Iterable[Found], at: datetime) -> None:
    """Somebody looked for a number, and these are the matters that he was shown."""
    for found in rows:
        tx.views.add(at, account, None, LOOKED_FOR, "by number", ticket=found.key)


def _read_number(actor: Actor, query: TicketQuery) -> TicketQuery:
    """A telephone number among the words is a number; a unit, which sees none, cannot look for one."""
    if actor.role is Role.UNIT:
        if query.number:
            raise FieldsInvalid({"number": "not_allowed"})
    elif not query.number and _NUMBER.match(query.words) and not _ID.match(query.words):
        values = {field.name: getattr(query, field.name) for field in fields(query)}
        return TicketQuery(**(values | {"words": "", "number": query.words}))
    return query


def _wanted(actor: Actor, query: TicketQuery, high: int) -> Wanted:
    groups: list[tuple[str, ...]] = []
    groups += [(pair,) for pair in sorted(pairs(_long_words(query.words)))]
    groups += [(pair,) for pair in sorted(place_pairs(_long_words(query.place)))]
    if query.states:
        groups.append(tuple(sorted(facet("s", state) for state in query.states)))
    for letter, value in (("k", query.kind), ("t", query.topic), ("u", query.unit)):
        if value:
            groups.append((facet(letter, value),))
    if actor.role is Role.UNIT:
        groups.append((facet("u", actor.unit or ""), facet("a", actor.unit or "")))
    low, until = _start(query.since), _start(query.until)
    if until is not None:
        high = min(high, ordinal_of(until + _DAY))
    low_ordinal = ordinal_of(low) if low is not None else 0
    number = plain_number(query.number) if query.number else None
    return Wanted(groups=tuple(groups), low=low_ordinal, high=high, number=number)


def _long_words(text: str) -> str:
    """A word of one character is in no pair: it is looked for in what the others find."""
    return " ".join(word for word in words_of(text) if len(word) >= SHORTEST_WORD)


def may_see(actor: Actor, found: Found) -> bool:
    """A unit sees what it leads and what it assists in; who is at the hotline sees all."""
    return actor.role is not Role.UNIT or actor.unit in {found.unit, *found.assisting}


def _fits(actor: Actor, query: TicketQuery, found: Found, named: bool = False) -> bool:
    """Whether it is what was asked for: terms are only hints, and some of them are hashes."""
    hides_name = actor.role is Role.UNIT and found.confidential
    texts = (found.what, found.place, found.reply_text, "" if hides_name else found.citizen_name)
    since, until = _start(query.since), _start(query.until)
    return (
        may_see(actor, found)
        and (named or says("\n".join(texts), words_of(query.words)))
        and says(found.place, words_of(query.place))
        and (not query.states or found.state in query.states)
        and query.kind in ("", found.kind)
        and query.topic in ("", found.topic)
        and query.unit in ("", found.unit)
        and (not query.number or plain_number(found.number or "") == plain_number(query.number))
        and (since is None or found.accepted_at >= since)
        and (until is None or found.accepted_at < until + _DAY)
    )


def _cursor(after: str) -> int:
    if not after:
        return 2**62
    if not (after.isascii() and after.isdigit() and len(after) <= 18):
        raise FieldsInvalid({"after": "unreadable"})
    return int(after)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if len(text) == 10 and 2000 <= found.year <= 2999 else None


def _start(text: str) -> datetime | None:
    """00:00 of that day in the city."""
    day = _day(text)
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC) if day else None


def view(actor: Actor, found: Found, units: Mapping[str, str], topics: Mapping[str, str]) -> dict[str, Any]:
    """A row of a list: the number masked, the name kept from a unit when the citizen asked for it."""
    hides = actor.role is Role.UNIT and found.confidential
    return {
        "id": found.id,
        "state": found.state,
        "kind": found.kind,
        "topic": found.topic,
        "topic_name": topics.get(found.topic, found.topic),
        "place": found.place,
        "what": found.what,
        "unit": found.unit,
        "unit_name": units.get(found.unit, found.unit),
        "citizen_name": "" if hides else found.citizen_name,
        "confidential": found.confidential,
        "number": mask(found.number),
        "accepted_at": found.accepted_at.isoformat(),
        "due_at": found.due_at.isoformat() if found.due_at else None,
        "due_provisional": found.due_provisional,
        "satisfaction": found.satisfaction,
    }
