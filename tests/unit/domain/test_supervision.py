"""What time asks for: once each, in order, with the time it should have had, however late the clock runs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.calendars import shipped, sources
from hotline.domain.calendar import SHANGHAI, Calendar, Deadline
from hotline.domain.notices import KIND_OF, limit_of
from hotline.domain.supervision import Act, Due, Watched, due_at, next_at, plan
from hotline.domain.ticket import TicketState

USUAL = Calendar([*shipped.load(), sources.statutory(2027)])
S = TicketState


def city(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def watched(accepted: str = "2026-02-13T18:00", days: int = 5, **values: object) -> Watched:
    begin = city(accepted)
    usual: dict[str, object] = {
        "state": S.IN_HAND,
        "unit": "u001",
        "accepted_at": begin,
        "deadline": USUAL.due(begin, days),
        "handed_over_at": begin,
        "sign_due": USUAL.due(begin, 1).at,
    }
    return Watched(**(usual | values))  # type: ignore[arg-type]


def run(ticket: Watched, times: list[datetime]) -> list[tuple[Due, datetime]]:
    """The clock as it is run at these times: what it did, and when."""
    done: set[tuple[Act, int]] = set()
    happened: list[tuple[Due, datetime]] = []
    for now in times:
        while due := due_at(ticket, done, USUAL, now):
            first = due[0]
            done.add((first.act, first.round))
            happened.append((first, now))
            kind = KIND_OF.get(first.act)
            limit = limit_of(kind, USUAL, now) if kind else None
            if limit:
                ticket = replace(ticket, limits=dict(ticket.limits) | {first.round: limit})
    return happened


def test_a_ticket_nobody_touches() -> None:
    ticket = watched()  # due Friday 27 February 2026
    times = [city("2026-02-13T18:00") + timedelta(minutes=10 * n) for n in range(6 * 24 * 30)]
    assert [(due.act, due.at) for due, _ in run(ticket, times)] == [
        (Act.REMIND_HALF, city("2026-02-25T13:00")),
        (Act.REMIND_LATE, city("2026-02-27T09:00")),
        (Act.NOTICE, city("2026-02-28T09:00")),  # a make-up Saturday
        (Act.CRITICISM, city("2026-03-09T09:00")),  # five working days more end on Friday 6 March
    ]


@given(
    minutes=st.lists(st.integers(0, 60 * 24 * 40), min_size=1, max_size=40),
    days=st.integers(1, 15),
    accepted=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
)
def test_late_twice_or_seldom_each_thing_happens_once_and_in_order(
    minutes: list[int], days: int, accepted: datetime
) -> None:
    ticket = watched(accepted.astimezone(SHANGHAI).replace(tzinfo=None).isoformat(), days)
    begin = ticket.deadline.at - timedelta(days=5)
    times = sorted(begin + timedelta(minutes=m) for m in minutes) + [begin + timedelta(days=60)] * 2
    times += [begin + timedelta(days=90)]
    happened = run(ticket, times)
    assert [due.act for due, _ in happened] == [
        Act.REMIND_HALF, Act.REMIND_LATE, Act.NOTICE, Act.CRITICISM
    ]  # fmt: skip
    assert all(due.at <= now for due, now in happened)
    should = [due.at for due, _ in happened]
    assert should == sorted(should)
    notice, criticism = happened[2], happened[3]
    limit = limit_of(KIND_OF[Act.NOTICE], USUAL, notice[1])
    assert limit and criticism[0].at > limit.at > notice[1]  # never criticised before the limit it was given


@given(now=st.datetimes(datetime(2026, 2, 1), datetime(2026, 4, 1), timezones=st.just(UTC)))
def test_the_next_look_misses_nothing(now: datetime) -> None:
    ticket = watched(state=S.HANDED_OVER, asked_at=city("2026-02-14T10:00"), requests=1)
    after = next_at(ticket, set(), USUAL, now)
    late = [due.at for due in plan(ticket, set(), USUAL) if due.at > now]
    assert after == (min(late) if late else None)
    if after:
        just_before = after - timedelta(microseconds=1)
        assert due_at(ticket, set(), USUAL, just_before) == due_at(ticket, set(), USUAL, now)
        assert len(due_at(ticket, set(), USUAL, after)) > len(due_at(ticket, set(), USUAL, now))


@pytest.mark.parametrize(
    ("values", "acts"),
    [
        ({"state": S.HANDED_OVER}, {Act.REMIND_HALF, Act.REMIND_LATE, Act.SIGN_OVERDUE, Act.NOTICE}),
        ({"state": S.SIGNED}, {Act.REMIND_HALF, Act.REMIND_LATE, Act.NOTICE}),
        # No unit to address: only people at the hotline are reminded.
        ({"state": S.ACCEPTED, "unit": ""}, {Act.REMIND_HALF, Act.REMIND_LATE}),
        ({"state": S.RETURNED, "returns": 1}, {Act.REMIND_HALF, Act.REMIND_LATE}),
        (
            {"state": S.RETURNED, "returns": 2, "returned_at": city("2026-02-14T10:00")},
            {Act.REMIND_HALF, Act.REMIND_LATE, Act.ARBITRATION_WAITS},
        ),
        (
            {"asked_at": city("2026-02-14T10:00"), "requests": 1},
            {Act.REMIND_HALF, Act.REMIND_LATE, Act.EXTENSION_WAITS, Act.NOTICE},
        ),
        ({"state": S.REPLIED, "callback_due": city("2026-02-26T00:00")}, {Act.CALLBACK_OVERDUE}),
        ({"state": S.MERGED}, {Act.NOTICE}),
        ({"state": S.CALLED_BACK}, set()),
        ({"state": S.CLOSED}, set()),
    ],
)
def test_what_each_state_asks_for(values: dict[str, object], acts: set[Act]) -> None:
    assert {due.act for due in plan(watched(**values), set(), USUAL)} == acts


def test_a_new_promise_is_reminded_of_anew_and_a_second_request_waits_anew() -> None:
    ticket = watched()
    done = {(due.act, due.round) for due in plan(ticket, set(), USUAL)}
    later = replace(ticket, extended=5, deadline=USUAL.due(ticket.accepted_at, 10))
    assert [due.act for due in plan(later, done, USUAL)] == [Act.REMIND_HALF, Act.REMIND_LATE, Act.NOTICE]
    waits = replace(ticket, asked_at=city("2026-02-14T10:00"), requests=2)
    assert plan(waits, done | {(Act.EXTENSION_WAITS, 1)}, USUAL)[0] == Due(
        act=Act.EXTENSION_WAITS, round=2, at=city("2026-02-14T10:00")
    )


def test_another_unit_has_its_own_day_to_sign_its_own_notice_and_its_own_limit() -> None:
    first = watched(limits={0: USUAL.due(city("2026-02-28T09:00"), 5)})
    done = {(due.act, due.round) for due in plan(first, set(), USUAL) if due.act is not Act.CRITICISM}
    handed = city("2026-03-03T10:00")
    second = replace(
        first, unit="u002", hand_over=1, handed_over_at=handed, sign_due=USUAL.due(handed, 1).at,
        state=S.HANDED_OVER, returns=1,
    )  # fmt: skip
    assert [(due.act, due.at) for due in plan(second, done, USUAL)] == [
        (Act.SIGN_OVERDUE, city("2026-03-05T00:00")),
        (Act.NOTICE, city("2026-03-05T09:00")),
    ]


def test_what_is_merged_is_looked_at_every_working_morning() -> None:
    """Its job may be another unit's by then, and nothing of its own tells."""
    merged = watched(state=S.MERGED, unit="")
    mornings = [("2026-02-28T08:59", "2026-02-28T09:00"), ("2026-02-28T09:00", "2026-03-02T09:00")]
    for now, morning in mornings:
        assert next_at(merged, set(), USUAL, city(now)) == city(morning)


def test_who_is_handed_an_overdue_ticket_has_its_day_to_sign_before_a_notice() -> None:
    handed = city("2026-03-03T10:00")  # the deadline was Friday 27 February
    ticket = watched(state=S.HANDED_OVER, handed_over_at=handed, sign_due=USUAL.due(handed, 1).at)
    [notice] = [due for due in plan(ticket, set(), USUAL) if due.act is Act.NOTICE]
    assert notice.at == city("2026-03-05T09:00")


@pytest.mark.parametrize(
    ("accepted", "notice", "limit"),
    [
        ("2024-02-26T10:00", "2024-03-01T09:00", "2024-03-08"),  # due Thursday 29 February
        ("2026-12-28T10:00", "2027-01-04T09:00", "2027-01-11"),  # across the year, provisional
    ],
)
def test_leap_days_and_turns_of_the_year(accepted: str, notice: str, limit: str) -> None:
    ticket = watched(accepted, 3)
    [due] = [due for due in plan(ticket, set(), USUAL) if due.act is Act.NOTICE]
    assert due.at == city(notice)
    found = limit_of(KIND_OF[Act.NOTICE], USUAL, due.at)
    assert isinstance(found, Deadline)
    assert str(found.day) == limit
    assert found.provisional == (due.at.year == 2027)
