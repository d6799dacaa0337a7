"""Two act on one ticket at the same moment, in real threads: one wins, the other sees it, nothing is half done."""

import threading
import time
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import text

from hotline.domain.errors import Conflict, HotlineError
from hotline.domain.ids import TicketId
from hotline.domain.ticket_moves import Action
from hotline.services import audit, calendar, callbacks, courses
from hotline.services.audit import Whole
from hotline.services.courses import CourseView, StaleTicket
from hotline.services.ports_callbacks import Dial
from hotline.storage.sql import SqlStorage
from tests.support.calling_back import begin, city_with_telephones, listed, replied
from tests.support.matters import WATER, City, at
from tests.support.patience import PATIENCE_S

A = Action


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return City(storage)


def at_once(*todo: Callable[[], CourseView]) -> list[CourseView | HotlineError]:
    """All begin together; what each got, in the order given."""
    barrier, got = threading.Barrier(len(todo)), [None] * len(todo)  # type: list[CourseView | HotlineError | None]

    def run(number: int) -> None:
        barrier.wait(PATIENCE_S)
        try:
            got[number] = todo[number]()
        except HotlineError as refused:
            got[number] = refused

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(todo))]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    return [each for each in got if each is not None]


def is_whole(city: City) -> bool:
    with city.storage.reading() as tx:
        return isinstance(audit.verify(tx, []), Whole)


def test_two_replies_at_once_one_wins_and_the_other_sees_it(city: City) -> None:
    for turn in range(5):
        ticket = city.in_hand()
        version = city.version(ticket)

        def reply(text: str, ticket: TicketId = ticket, version: int = version) -> CourseView:
            return city.do(city.users[WATER], ticket, A.REPLY, at(1), version=version, text=text)

        got = at_once(lambda: reply("甲修好了"), lambda: reply("乙修好了"))
        (lost,) = (each for each in got if isinstance(each, HotlineError))
        (won,) = (each for each in got if not isinstance(each, HotlineError))
        assert isinstance(lost, StaleTicket), f"turn {turn}"
        assert lost.view["reply"] == won["reply"] and lost.view["version"] == won["version"] == version + 1
        seen = courses.view(city.storage, city.boss, ticket, at(1))
        assert (seen["state"], seen["reply"]) == ("replied", won["reply"])
        assert [entry["action"] for entry in seen["log"]].count("reply") == 1
    assert is_whole(city)


def test_merged_into_each_other_at_once_leaves_one_leader(city: City) -> None:
    for _ in range(4):
        one, other = city.a_ticket(), city.a_ticket()
        got = at_once(
            lambda a=one, b=other: city.do(city.seat, a, A.MERGE, at(), leader=b),
            lambda a=other, b=one: city.do(city.boss, a, A.MERGE, at(), leader=b),
        )
        assert sum(isinstance(each, Conflict) for each in got) == 1, got
        states = {courses.view(city.storage, city.boss, each, at())["state"] for each in (one, other)}
        assert states == {"merged", "handed_over"}
    assert is_whole(city)


def test_a_reply_while_a_citizen_is_merged_in_leaves_nobody_out(city: City) -> None:
    for _ in range(4):
        leader, follower = city.in_hand(), city.a_ticket()
        at_once(
            lambda t=leader: city.do(city.users[WATER], t, A.REPLY, at(1), text="已修好"),
            lambda t=follower, to=leader: city.do(city.seat, t, A.MERGE, at(1), leader=to),
        )
        seen = courses.view(city.storage, city.boss, follower, at(1))
        assert (seen["state"], seen["leader"]) in (("replied", leader), ("handed_over", None))
    assert is_whole(city)


def test_the_calendar_changes_while_people_work(city: City) -> None:
    tickets = [city.a_ticket() for _ in range(6)]

    def work() -> CourseView:
        for ticket in tickets:
            for action in (A.SIGN, A.TAKE_IN_HAND):
                courses.perform(
                    city.storage, city.users[WATER], ticket, city.version(ticket), action, {}, at()
                )
            city.do(city.seat, ticket, A.MERGE, at(), leader=city.a_ticket())
        return {}

    def change() -> CourseView:
        for turn in range(4):
            with city.storage.writing() as tx:
                chosen = calendar.edited(tx, date(2026, 3, 5), turn % 2 == 0 or None, "雪")
                calendar.apply(tx, chosen, tx.calendar.revision(), "root", at())
        return {}

    got = at_once(work, change)
    assert all(isinstance(each, dict | StaleTicket) for each in got), got
    with city.storage.reading() as tx:
        table = tx.calendar.load()
        for clock in tx.tickets.running_clocks():
            assert clock.working_days and clock.deadline == table.due(clock.accepted_at, clock.working_days)
    assert is_whole(city)


def auto(city: City) -> Dial | None:
    with city.storage.writing() as tx:
        return callbacks.begin_auto(tx, ("complaint",), [(0, 24)], at(hours=2))


def waits_for_a_lock(city: City, ended: Callable[[], bool]) -> None:
    """Until somebody waits for a lock; on SQLite, which has one for everything, nobody can be seen waiting."""
    if city.storage.engine.dialect.name == "sqlite":
        return
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and not ended():
        with city.storage.engine.connect() as connection:
            if connection.execute(text("select count(*) from pg_locks where not granted")).scalar():
                return


@pytest.mark.parametrize("seat_first", [True, False])
def test_a_seat_and_the_hotline_itself_want_to_call_the_same_citizen(
    storage: SqlStorage, seat_first: bool
) -> None:
    city = city_with_telephones(storage)
    ticket, got = replied(city), list[object]()

    def second() -> None:
        try:
            got.append(auto(city) if seat_first else begin(city, ticket))
        except Exception as refused:
            got.append(refused)

    thread = threading.Thread(target=second)
    with city.storage.writing() as tx:
        if seat_first:
            assert callbacks.begin(tx, city.account, ticket, None, at(hours=2))
        else:
            assert callbacks.begin_auto(tx, ("complaint",), [(0, 24)], at(hours=2))
        thread.start()
        waits_for_a_lock(city, lambda: not thread.is_alive())
    thread.join(PATIENCE_S)
    (refused,) = got
    assert refused is None if seat_first else isinstance(refused, Conflict), refused
    assert len(listed(city, at(hours=2))["tickets"]) == 1
