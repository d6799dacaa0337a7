"""Numbers, limits and reasons of notices; the on-time share by its formula."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hotline.domain.calendar import SHANGHAI, Deadline
from hotline.domain.errors import Conflict, Invalid
from hotline.domain.notices import (
    LONGEST_REASON,
    NoticeKind,
    NoticeNumber,
    check_issue,
    check_reason,
    year_of,
)
from hotline.domain.on_time import Counted, Share, month, month_of, total
from hotline.domain.ticket import TicketState

DUE = Deadline(at=datetime(2026, 3, 1, tzinfo=SHANGHAI), provisional=False)


def test_a_number_is_read_as_officials_write_it() -> None:
    assert str(NoticeNumber(kind=NoticeKind.SUPERVISION, year=2026, number=12)) == "热线督〔2026〕12号"
    assert str(NoticeNumber(kind=NoticeKind.CRITICISM, year=2027, number=1)) == "热线通〔2027〕1号"


def test_the_year_is_the_citys() -> None:
    assert year_of(datetime(2026, 12, 31, 15, 59, tzinfo=UTC)) == 2026
    assert year_of(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == 2027


@pytest.mark.parametrize("state", sorted(set(TicketState)))
def test_a_notice_is_for_a_unit_that_is_late(state: TicketState) -> None:
    late = DUE.at + timedelta(hours=9)
    if state in {"handed_over", "signed", "in_hand", "merged"}:
        check_issue(state, "u001", DUE, late)
    else:
        with pytest.raises(Conflict):
            check_issue(state, "u001", DUE, late)
    for unit, at in (("", late), ("u001", DUE.at - timedelta(seconds=1))):
        with pytest.raises(Conflict):
            check_issue(state, unit, DUE, at)


@pytest.mark.parametrize("reason", ["", "  ", "两\n行", "\x00", "长" * (LONGEST_REASON + 1), "a\u202eb"])
def test_a_reason_that_cannot_be_printed_is_refused(reason: str) -> None:
    with pytest.raises(Invalid):
        check_reason(reason)
    assert check_reason(" 逾期未复 ") == "逾期未复"


def counted(unit: str, done: timedelta | None) -> Counted:
    done_at = DUE.at + done if done is not None else None
    return Counted(unit=unit, deadline=DUE, done_at=done_at, extended=False)


def test_in_time_is_before_the_deadline_and_the_share_is_of_all_that_were_due() -> None:
    early, late = timedelta(hours=-1), timedelta(0)
    assert [counted("water", done).in_time for done in (early, late, None)] == [True, False, False]
    water, heat = Share(due=4, in_time=2, extended=1), Share(due=1, in_time=1)
    assert (water.share, heat.share) == (0.5, 1.0)
    assert total([water, heat]) == Share(due=5, in_time=3, extended=1)
    assert total([]).share is None


def test_a_month_ends_with_its_last_days_midnight() -> None:
    first, last = month(2024, 2)
    assert last - first == timedelta(days=29)
    assert month_of(DUE.day) == month(2026, 2)
    assert first < DUE.at <= month(2026, 2)[1]
    assert month(2026, 12)[1] == datetime(2027, 1, 1, tzinfo=SHANGHAI)
    assert month_of(date(2026, 12, 31)) == month(2026, 12)
