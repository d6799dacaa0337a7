"""Lists and searches as the screens and programs ask them, each in a transaction of its own."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from bench.city.rows import EVERY, FIRST_KEY, NEWEST
from bench.city.texts import RARE, Sayings
from hotline.domain.actors import Actor
from hotline.domain.ids import UnitId
from hotline.services import courses, deadlines, search, ticket_list, work
from hotline.services.ports import Transaction
from hotline.services.search import TicketQuery
from hotline.services.ticket_list import ListQuery
from hotline.storage.sql import SqlStorage

Ask = Callable[[Transaction], object]
Times = dict[str, list[float]]  # milliseconds, by what was asked
PAGE = 50
FIGURES = (
    *("overdue", "due_today", "returned", "unsigned", "callbacks", "extensions"),
    *("arbitration", "noticed", "criticised", "dissatisfied", "unassigned", "parts_late"),
)


def named(text: str) -> str:
    return text


class Asker:
    """People and what they look for; the same for the same seed."""

    def __init__(self, storage: SqlStorage, count: int, seed: int = 7) -> None:
        self._storage, self._count, self._random = storage, count, random.Random(seed)
        self._sayings = Sayings(seed)
        with storage.reading() as tx:
            accounts = tx.accounts.all()
            self.units = [str(unit.id) for unit in tx.units.all()]
        actors = {account.login: courses.actor_of(account) for account in accounts}
        self._boss = actors["boss"]
        self._users = [actor for actor in actors.values() if actor.unit]

    def lists(self) -> Iterator[tuple[str, Ask]]:
        """Endless; every kind of list in turn."""
        pick, days = self._random, min(400, (EVERY * self._count).days or 1)
        while True:
            unit, user = pick.choice(self.units), pick.choice(self._users)
            month = (NEWEST - timedelta(days=pick.randrange(days))).strftime("%Y-%m")
            yield "open by due", self._by_due(self._boss)
            yield "closed by due", self._by_due(self._boss, state="closed")
            yield "of a unit by due", self._by_due(self._boss, unit=unit)
            yield "overdue", self._by_due(self._boss, due="overdue")
            yield "a unit's own", self._by_due(user)
            yield "a unit's work", lambda tx, u=user: work.board(tx, UnitId(u.unit), "open", named, NEWEST)
            yield "newest", self._found()
            yield "newest, going on", self._found(after=self._somewhere())
            yield "of a state", self._found(state=pick.choice(("closed", "open", "replied", "in_hand")))
            yield "of a unit", self._found(unit=unit, after=self._somewhere())
            what = pick.choice(FIGURES)
            yield f"figure {what}", lambda tx, w=what: deadlines.listing(tx, w, NEWEST, named)
            yield "the deadlines' page", lambda tx, m=month: deadlines.board(tx, NEWEST, m)

    def searches(self) -> Iterator[tuple[str, Ask]]:
        """Endless; frequent and rare words, alone and with all else."""
        pick = self._random
        while True:
            said, other, user = self._sayings.one(), self._sayings.one(), pick.choice(self._users)
            word = self._word(said.topic)
            yield "a word", self._found(words=word)
            yield "two words", self._found(words=f"{word} {pick.choice(('希望', '物业', '老人', '现场'))}")
            yield (
                "words nowhere together",
                self._found(words=f"{word} {self._word(other.topic)} {pick.choice(RARE)}"),
            )
            yield "a rare word", self._found(words=pick.choice(RARE))
            yield "a word that is nowhere", self._found(words=pick.choice(("天文望远镜", "潜水艇", "北极光")))
            yield "a word and a place", self._found(words=word, place=said.place)
            yield "a place", self._found(place=said.place)
            yield "a number", self._found(number=self._number())
            yield "a word in a month", self._found(words=word, **self._month())
            yield (
                "a word of a state",
                self._found(words=word, state=pick.choice(("replied", "in_hand", "closed"))),
            )
            yield "a word of a unit", self._found(words=word, unit=pick.choice(self.units))
            yield "a unit's own word", self._found(user, words=word)
            yield "topic, kind and days", self._found(topic=said.topic, kind=said.kind, **self._month())

    def _by_due(self, actor: Actor, **values: str) -> Ask:
        return lambda tx: ticket_list.page(tx, actor, ListQuery(**values), PAGE, NEWEST)

    def _found(self, actor: Actor | None = None, after: str = "", **values: str) -> Ask:
        query = TicketQuery.from_mapping(values)
        return lambda tx: search.find(tx, actor or self._boss, query, after, PAGE)

    def _word(self, topic: str) -> str:
        return self._random.choice(next(words for id_, _, words in self._sayings.topics if id_ == topic))

    def _somewhere(self) -> str:
        newest, oldest = self._ends()
        return str(self._random.randrange(oldest + 1, newest))

    def _month(self) -> dict[str, str]:
        first = NEWEST - EVERY * self._random.randrange(self._count)
        return {
            "since": first.strftime("%Y-%m-%d"),
            "until": (first + timedelta(days=30)).strftime("%Y-%m-%d"),
        }

    def _number(self) -> str:
        key = FIRST_KEY - self._random.randrange(self._count)
        with self._storage.reading() as tx:
            call = tx.calls.get(f"{key:08x}-0000-4000-8000-{key:012d}")  # type: ignore[arg-type]
        assert call and call.from_number
        return call.from_number

    def _ends(self) -> tuple[int, int]:
        with self._storage.reading() as tx:
            return tx.search.ends()


def measured(
    cities: Mapping[int, SqlStorage], asks: Mapping[int, Iterator[tuple[str, Ask]]], times: int
) -> dict[int, Times]:
    """Milliseconds of each ask by its name, after as many others, which nobody counts.

    A server that has run for a day has read what people ask for; one just started waits for its disk, ten
    times as often in a city of ten times the tickets. The cities are asked by turns, so that whatever else
    the machine does slows them alike.
    """
    found: dict[int, Times] = {city: {} for city in cities}
    for number in range(2 * times):
        for city, storage in cities.items():
            name, ask = next(asks[city])
            began = time.perf_counter()
            with storage.reading() as tx:
                ask(tx)
            if number >= times:
                found[city].setdefault(name, []).append((time.perf_counter() - began) * 1000)
    return found
