"""Whatever of ours is dead, slow or frozen: every caller reaches a person, and afterwards the truth is known."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from hotline.domain.call import Call, CallState
from hotline.domain.ids import CallId
from hotline.domain.seat import SeatState
from hotline.storage.engine import open_engine
from hotline.supervision import state
from tests.support.browser import SeatPage
from tests.support.patience import PATIENCE_S
from tests.support.servers import wait_until
from tests.support.stack import Stack, outcome

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
IsThere = Callable[[], bool]  # whether a trouble has come and lasts


@contextmanager
def dead(stack: Stack, *names: str) -> Iterator[None]:
    """Kill processes and keep them dead: their supervisor is stopped meanwhile."""
    now = state.running(stack.settings.runtime_dir)
    assert now
    os.kill(now.supervisor, signal.SIGSTOP)
    try:
        for name in names:
            stack.kill(name)
        yield
    finally:
        os.kill(now.supervisor, signal.SIGCONT)
        for name in names:
            wait_until(lambda name=name: back(stack, now.processes[name].pid, name), f"{name} is back", 60)


def back(stack: Stack, old: int | None, name: str) -> bool:
    pid = stack.pid(name)
    if pid is None or pid == old:
        return False
    return bool(stack.hotline("doctor", "--json").stdout) if name == "web" else True


@contextmanager
def frozen(stack: Stack, *names: str) -> Iterator[None]:
    """Processes that accept and never answer; the supervisor, stopped too, does not notice."""
    now = state.running(stack.settings.runtime_dir)
    assert now
    os.kill(now.supervisor, signal.SIGSTOP)
    try:
        for name in names:
            stack.freeze(name)
        yield
    finally:
        stack.thaw()
        os.kill(now.supervisor, signal.SIGCONT)


def calls_of(stack: Stack, number: str) -> list[Call]:
    storage = stack.storage
    with storage.reading() as tx:
        found = tx.calls.of_number(number, LONG_AGO)
    storage.close()
    return found


def is_answered_while(
    stack: Stack, seat: SeatPage, sentence: Path, trouble: AbstractContextManager[IsThere | None], number: str
) -> None:
    """A citizen calls during `trouble`; the seat rings, they talk, and in the end the call is known."""
    with trouble as is_there:
        call = stack.calling("--wav", str(sentence), "--from", number)
        seat.rings(60)
        assert is_there is None or is_there(), "the trouble was there when the seat rang"
        seat.page.keyboard.press("a")
        seat.page.wait_for_selector("body[data-phase=talking]")
        assert seat.page.locator("#call-number").inner_text().replace(" ", "") == number
        seat.page.wait_for_timeout(1500)
        seat.hang_up()
        call.communicate(timeout=60)
    wait_until(
        lambda: calls_of(stack, number) and calls_of(stack, number)[0].is_over, "the call is known", 40
    )
    (known,) = calls_of(stack, number)
    assert (known.state, known.seat, known.is_missed) == (CallState.ENDED, "seat01", False)
    assert known.answered_at and known.ended_at and known.ended_at > known.answered_at
    seat.shows("wrap_up", 40)


TROUBLES = [
    ("dead", ("speech",)),
    ("frozen", ("speech",)),
    ("dead", ("redis",)),
    ("frozen", ("redis",)),
    ("dead", ("switch",)),
    ("frozen", ("switch",)),
    ("dead", ("web",)),
    ("dead", ("speech", "redis", "switch", "web", "clock")),
]


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("how", "names"), TROUBLES, ids=lambda v: v if isinstance(v, str) else "+".join(v))
def test_a_caller_reaches_a_person(
    stack: Stack, seat: SeatPage, sentence: Path, how: str, names: tuple[str, ...]
) -> None:
    trouble = dead if how == "dead" else frozen
    number = f"1390000{TROUBLES.index((how, names)):04d}"
    is_answered_while(stack, seat, sentence, trouble(stack, *names), number)


@contextmanager
def killed_when(stack: Stack, name: str, number: str, ripe: Callable[[Call], object]) -> Iterator[IsThere]:
    """Kill a process in the moment in which the call of `number` is as `ripe` says, and be sure that it was."""
    stop = threading.Event()
    killed: list[int] = []

    def watch() -> None:
        while not stop.wait(0.02):
            found = calls_of(stack, number)
            if found and ripe(found[0]):
                killed.append(stack.kill(name))
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield lambda: bool(killed)
    finally:
        stop.set()
        thread.join()
    wait_until(lambda: stack.pid(name) not in (None, *killed), f"{name} is another process now")


def test_speech_killed_in_mid_sentence(stack: Stack, seat: SeatPage, sentence: Path) -> None:
    number = "13900010001"
    trouble = killed_when(stack, "speech", number, lambda call: call.listening_at and call.queued_at is None)
    is_answered_while(stack, seat, sentence, trouble, number)


def test_switch_killed_in_mid_greeting(stack: Stack, seat: SeatPage, sentence: Path) -> None:
    number = "13900010002"
    trouble = killed_when(stack, "switch", number, lambda call: call.listening_at is None)
    is_answered_while(stack, seat, sentence, trouble, number)


def test_the_database_locked_for_ten_seconds(stack: Stack, seat: SeatPage, sentence: Path) -> None:
    @contextmanager
    def locked() -> Iterator[IsThere]:
        held, rung = threading.Event(), threading.Event()
        is_free: list[bool] = []

        def hold() -> None:
            connection = open_engine(stack.settings.database_url).raw_connection()
            connection.execute("BEGIN EXCLUSIVE")
            held.set()
            time.sleep(10)  # at least so long, and until the seat rings
            rung.wait(2 * PATIENCE_S)
            is_free.append(True)
            connection.rollback()
            connection.close()

        thread = threading.Thread(target=hold)
        thread.start()
        assert held.wait(PATIENCE_S), "the database is locked"

        def is_locked() -> bool:
            still = not is_free
            rung.set()
            return still

        try:
            yield is_locked
        finally:
            rung.set()
            thread.join()

    is_answered_while(stack, seat, sentence, locked(), "13900010003")


def answer_as_they_ring(seats: list[SeatPage], count: int) -> None:
    """`count` calls, whoever gets them. The screens are asked: the database may hear later that one has answered."""
    answered: list[SeatPage] = []

    def all_of_them() -> bool:
        for seat in seats:
            if seat not in answered and seat.page.locator("#answer:visible").count():
                seat.page.keyboard.press("a")
                answered.append(seat)
        return len(answered) == count

    wait_until(all_of_them, f"{count} calls are answered")
    for seat in answered:
        seat.shows("talking")


@pytest.mark.timeout(300)
def test_switch_killed_while_five_calls_talk(stack: Stack, browser: Browser, sentence: Path) -> None:
    seats = [SeatPage(browser, stack.web, f"seat{n:02d}").open().ready() for n in range(2, 7)]
    numbers = [f"1390002000{n}" for n in range(5)]
    calls, storage = [], stack.storage
    for some in (numbers[:2], numbers[2:4], numbers[4:]):  # who is left ringing for 15 s is paused
        calls += [stack.calling("--wav", str(sentence), "--from", number) for number in some]
        free = [seat for seat in seats if seat.page.locator("body[data-phase=idle]").count()]
        answer_as_they_ring(free, len(some))
    for seat in seats:
        seat.write("通话中断开测试")
    with dead(stack, "switch"):
        for seat in seats[:2]:
            seat.hang_up()
            seat.page.wait_for_selector("body[data-phase=wrap_up]")
        for seat in seats[2:]:
            assert seat.page.locator("body[data-phase=talking]").count() == 1
    for seat in seats[:2]:
        seat.shows("wrap_up", 40)
    for seat in seats[2:]:
        seat.shows("talking")
    live = {seat.login for seat in seats[2:]}

    def truth() -> bool:
        with storage.reading() as tx:
            talking = {c.seat for c in tx.calls.live() if c.state is CallState.TALKING}
            states = {s.id: s.state for s in tx.seats.all()}
        return talking == live and all(states[s] is SeatState.TALKING for s in live)  # type: ignore[index]

    wait_until(truth, "calls and seats are what really happened")
    for seat in seats[2:]:
        seat.hang_up()
    told = [outcome(call) for call in calls]
    assert [code for code, _ in told] == [0] * 5
    for seat in seats:
        seat.shows("wrap_up", 40)
        seat.save()
        seat.shows("ready", 40)
    with storage.reading() as tx:
        for _, one in told:
            call = tx.calls.get(CallId(one["call_id"]))
            ticket = tx.tickets.of_call(CallId(one["call_id"]))
            assert call and call.answered_at and call.ended_at
            assert ticket and ticket.id
    storage.close()
    for seat in seats:
        seat.finish()
