"""A ticket's course: every pair of state and action, each rule with its refusal, and what is never lost."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hotline.domain.errors import IllegalTransition, Invalid
from hotline.domain.ids import TicketId
from hotline.domain.ticket import OPEN_STATES, TicketState
from hotline.domain.ticket_callback import Satisfaction
from hotline.domain.ticket_calling import (
    call_back,
    close,
    close_without_callback,
    do_again,
    give_up_calling,
    miss_citizen,
    record_interview,
)
from hotline.domain.ticket_course import Course
from hotline.domain.ticket_log import first_broken
from hotline.domain.ticket_moves import Action
from hotline.domain.ticket_new_date import Way
from hotline.domain.ticket_passing import pass_on, pass_part
from hotline.domain.ticket_telling import miss_new_date, tell_new_date
from tests.support.course_states import (
    CALENDAR,
    T0,
    accepted,
    answering,
    at,
    called_back,
    closed,
    extended,
    handed_over,
    in_hand,
    merged,
    refused,
    replied,
    returned,
    said,
    signed,
    snowed_in,
)

S, A = TicketState, Action
MAKE: dict[TicketState, Callable[[], Course]] = {
    S.ACCEPTED: accepted, S.HANDED_OVER: handed_over, S.SIGNED: signed, S.IN_HAND: in_hand,
    S.RETURNED: returned, S.MERGED: merged, S.REPLIED: replied,
    S.CALLED_BACK: lambda: called_back(Satisfaction.NOT, round=2), S.CLOSED: closed,
}  # fmt: skip
DO: dict[Action, Callable[[Course], object]] = {
    A.HAND_OVER: lambda c: c.hand_over("供暖公司", "desk", at(2), CALENDAR),
    A.SIGN: lambda c: c.sign("water", at(2)),
    A.TAKE_IN_HAND: lambda c: c.take_in_hand("water", at(2)),
    A.RETURN: lambda c: c.return_("不属于本单位", "water", at(hours=5)),
    A.FORCE: lambda c: c.force("水务集团", "由水务集团办理", "boss", at(2), CALENDAR),
    A.PASS_ON: lambda c: pass_on(c, "供暖公司", "admin", at(2), CALENDAR),
    A.PASS_PART: lambda c: pass_part(c, "街道", "供暖公司", "admin", at(2)),
    A.ASK_UNIT: lambda c: c.ask_unit("街道", 2, "water", at(1), CALENDAR),
    A.ANSWER_PART: lambda c: c.answer_part("街道", "已核实", "street", at(2)),
    A.ASK_EXTENSION: lambda c: c.ask_extension(3, "需要开挖", "water", at(2)),
    A.GRANT_EXTENSION: lambda c: c.grant_extension("boss", at(2), CALENDAR),
    A.REFUSE_EXTENSION: lambda c: c.refuse_extension("理由不足", "boss", at(2)),
    A.TELL_NEW_DATE: lambda c: tell_new_date(c, Way.PHONE, "seat07", at(3)),
    A.MISS_NEW_DATE: lambda c: miss_new_date(c, "seat07", at(3)),
    A.REPLY: lambda c: c.reply("已修复", "water", at(3), CALENDAR),
    A.MISS_CITIZEN: lambda c: miss_citizen(c, "seat07", at(3)),
    A.GIVE_UP_CALLING: lambda c: give_up_calling(c, "seat07", at(3)),
    A.CALL_BACK: lambda c: call_back(c, said(), "seat07", at(3)),
    A.CLOSE_WITHOUT_CALLBACK: lambda c: close_without_callback(c, "来信未留号码", "boss", at(3)),
    A.INTERVIEW: lambda c: record_interview(c, "面谈记录", "boss", at(3)),
    A.CLOSE: lambda c: close(c, "seat07", at(3)),
    A.DO_AGAIN: lambda c: do_again(c, TicketId("T-2026-000099"), "seat07", at(3), CALENDAR),
    A.MERGE: lambda c: c.merge_into(accepted(7), "desk", at(2)),
    A.SHARE_REPLY: lambda c: c.share_reply(answering(), "desk", at(2), CALENDAR),
    A.MOVE_DEADLINE: lambda c: c.move_deadline(snowed_in(), "admin", at(2)),
    A.REMIND: lambda c: c.supervise(A.REMIND, {"share": 50}, "hotline", at(2)),
    A.NOTICE: lambda c: c.supervise(A.NOTICE, {"number": "热线督〔2026〕1号"}, "hotline", at(2)),
    A.CRITICISE: lambda c: c.supervise(A.CRITICISE, {"number": "热线通〔2026〕1号"}, "hotline", at(2)),
    A.WITHDRAW: lambda c: c.supervise(A.WITHDRAW, {"number": "热线督〔2026〕1号"}, "boss", at(2)),
}  # fmt: skip
PREPARE: dict[Action, Callable[[Course], object]] = {
    A.PASS_PART: lambda c: c.ask_unit("街道", 2, "water", at(1), CALENDAR),
    A.ANSWER_PART: lambda c: c.ask_unit("街道", 2, "water", at(1), CALENDAR),
    A.GRANT_EXTENSION: lambda c: c.ask_extension(3, "需要开挖", "water", at(1)),
    A.REFUSE_EXTENSION: lambda c: c.ask_extension(3, "需要开挖", "water", at(1)),
    A.TELL_NEW_DATE: lambda c: extended(c),
    A.MISS_NEW_DATE: lambda c: extended(c),
    A.GIVE_UP_CALLING: lambda c: [miss_citizen(c, "seat07", at(3, hours)) for hours in (0, 5, 10)],
    A.CLOSE: lambda c: record_interview(c, "面谈记录", "boss", at(3)),
    A.DO_AGAIN: lambda c: record_interview(c, "面谈记录", "boss", at(3)),
}
LEGAL: dict[TicketState, dict[Action, TicketState]] = {
    S.ACCEPTED: {A.HAND_OVER: S.HANDED_OVER, A.MERGE: S.MERGED},
    S.HANDED_OVER: {A.SIGN: S.SIGNED, A.RETURN: S.RETURNED, A.MERGE: S.MERGED},
    S.SIGNED: {A.TAKE_IN_HAND: S.IN_HAND, A.RETURN: S.RETURNED, A.MERGE: S.MERGED},
    S.IN_HAND: {
        A.RETURN: S.RETURNED, A.ASK_UNIT: S.IN_HAND, A.ANSWER_PART: S.IN_HAND, A.REPLY: S.REPLIED, A.MERGE: S.MERGED,
    },
    S.RETURNED: {A.HAND_OVER: S.HANDED_OVER, A.FORCE: S.HANDED_OVER, A.MERGE: S.MERGED},
    S.MERGED: {A.SHARE_REPLY: S.REPLIED},
    S.REPLIED: {
        A.MISS_CITIZEN: S.REPLIED, A.GIVE_UP_CALLING: S.CALLED_BACK, A.CALL_BACK: S.CALLED_BACK,
        A.CLOSE_WITHOUT_CALLBACK: S.CLOSED,
    },
    S.CALLED_BACK: {A.INTERVIEW: S.CALLED_BACK, A.CLOSE: S.CLOSED, A.DO_AGAIN: S.CLOSED},
    S.CLOSED: {},
}  # fmt: skip
for _state in (S.HANDED_OVER, S.SIGNED, S.IN_HAND):
    LEGAL[_state] |= {a: _state for a in (A.ASK_EXTENSION, A.GRANT_EXTENSION, A.REFUSE_EXTENSION)}
for _state in (S.ACCEPTED, S.HANDED_OVER, S.SIGNED, S.IN_HAND):
    LEGAL[_state][A.PASS_ON] = S.HANDED_OVER
for _state in (S.HANDED_OVER, S.SIGNED, S.IN_HAND, S.RETURNED, S.MERGED, S.REPLIED):
    LEGAL[_state] |= {a: _state for a in (A.TELL_NEW_DATE, A.MISS_NEW_DATE)}
LEGAL[S.IN_HAND][A.PASS_PART] = S.IN_HAND
for _state in OPEN_STATES:
    LEGAL[_state] |= {a: _state for a in (A.MOVE_DEADLINE, A.REMIND, A.NOTICE, A.CRITICISE, A.WITHDRAW)}
PAIRS = [(state, action) for state in MAKE for action in Action]


@pytest.mark.parametrize(("state", "action"), PAIRS, ids=[f"{s}-{a}" for s, a in PAIRS])
def test_every_pair_of_state_and_action(state: TicketState, action: Action) -> None:
    course = MAKE[state]()
    assert course.state is state
    target = LEGAL[state].get(action)
    if target is None:
        before = deepcopy(course)
        with pytest.raises(IllegalTransition, match=f"{state} cannot become {action}"):
            DO[action](course)
        assert course == before
        return
    PREPARE.get(action, lambda c: None)(course)
    entries, version = len(course.log), course.version
    DO[action](course)
    assert course.version == version + 1
    assert course.state is target
    assert len(course.log) == entries + 1
    entry = course.log[-1]
    assert (entry.action, entry.origin, entry.target) == (action, state, target)
    assert first_broken(course.log) is None


def test_the_tables_know_every_state_and_action() -> None:
    assert set(DO) == set(Action)
    assert set(MAKE) == set(LEGAL) == set(TicketState) - {S.DRAFT}


def test_the_straight_way_takes_six_entries_and_says_who() -> None:
    course = closed()
    assert [(e.who, e.action) for e in course.log] == [
        ("desk", "hand_over"), ("water", "sign"), ("water", "take_in_hand"),
        ("water", "reply"), ("seat07", "call_back"), ("seat07", "close"),
    ]  # fmt: skip
    assert course.deadline == CALENDAR.due(T0, 5)


def test_the_units_clocks_run_from_hand_over() -> None:
    course = accepted()
    course.hand_over("水务集团", "desk", at(4), CALENDAR)  # Friday
    assert course.sign_due == datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
    assert course.return_due == datetime(2026, 3, 10, 16, 0, tzinfo=UTC)


def test_a_return_is_in_time_until_its_last_moment() -> None:
    course = handed_over()
    assert course.return_due
    late = course.return_due
    refused(course, lambda c: c.return_("不属于", "water", late), "within 2 working days")
    refused(course, lambda c: c.return_("  ", "water", at(hours=1)), "the reason is missing", Invalid)
    course.return_("不属于", "water", late - timedelta(microseconds=1))
    assert (course.state, course.returns) == (S.RETURNED, 1)


def test_a_second_return_goes_to_arbitration_which_cannot_be_returned() -> None:
    course = returned()
    course.hand_over("供暖公司", "desk", at(1), CALENDAR)
    course.return_("也不属于", "heat", at(1, 1))
    refused(course, lambda c: c.hand_over("水务集团", "desk", at(1, 2), CALENDAR), "a supervisor decides")
    course.force("水务集团", "由水务集团办理", "boss", at(1, 3), CALENDAR)
    refused(course, lambda c: c.return_("还是不属于", "water", at(1, 4)), "a supervisor has decided")
    assert (course.unit, course.forced, course.returns) == ("水务集团", True, 2)
    assert course.deadline == CALENDAR.due(T0, 5), "the citizen's clock stopped for nobody"


def test_an_extension_before_the_deadline_ten_days_in_all() -> None:
    course = in_hand()
    late = course.deadline.at
    refused(course, lambda c: c.ask_extension(1, "雨", "water", late), "the deadline has passed")
    refused(course, lambda c: c.ask_extension(11, "雨", "water", at(1)), "10 are left", Invalid)
    refused(course, lambda c: c.ask_extension(0, "雨", "water", at(1)), "at most 10", Invalid)
    refused(course, lambda c: c.ask_extension(1, "", "water", at(1)), "the reason is missing", Invalid)
    refused(course, lambda c: c.grant_extension("boss", at(1), CALENDAR), "no extension is asked for")
    course.ask_extension(4, "雨", "water", late - timedelta(microseconds=1))
    refused(course, lambda c: c.ask_extension(1, "雨", "water", at(1)), "waits for the supervisor")
    course.grant_extension("boss", late + timedelta(hours=1), CALENDAR)
    assert course.deadline == CALENDAR.due(T0, 9)
    course.ask_extension(6, "雨", "water", at(8))
    course.grant_extension("boss", at(8), CALENDAR)
    assert (course.working_days, course.extended, course.deadline) == (15, 10, CALENDAR.due(T0, 15))
    refused(course, lambda c: c.ask_extension(1, "雨", "water", at(9)), "0 are left", Invalid)


def test_a_refused_extension_leaves_the_deadline() -> None:
    course = in_hand()
    course.ask_extension(4, "雨", "water", at(1))
    refused(course, lambda c: c.refuse_extension(" ", "boss", at(1)), "the reason is missing", Invalid)
    course.refuse_extension("理由不足", "boss", at(1))
    assert (course.deadline, course.asked_extension, course.extended) == (CALENDAR.due(T0, 5), 0, 0)


def test_parts_have_their_own_clock_inside_the_citizens() -> None:
    course = in_hand()
    course.ask_unit("街道", 2, "water", at(1), CALENDAR)
    course.ask_unit("城管", 30, "water", at(1), CALENDAR)
    assert course.parts["街道"].due == CALENDAR.due(at(1), 2)
    assert course.parts["城管"].due == course.deadline
    refused(course, lambda c: c.ask_unit("街道", 2, "water", at(1), CALENDAR), "has this ticket already")
    refused(course, lambda c: c.ask_unit("水务集团", 2, "water", at(1), CALENDAR), "has this ticket already")
    course.answer_part("街道", "已核实", "street", at(2))
    refused(course, lambda c: c.answer_part("街道", "再说", "street", at(2)), "no open part")
    refused(course, lambda c: c.answer_part("公安", "?", "police", at(2)), "no open part")
    course.reply("已修复", "water", at(2), CALENDAR)
    assert dict(course.log[-1].detail)["unanswered"] == "城管"


@pytest.mark.parametrize(
    ("days", "due"),
    [(1, "2026-03-04"), (4, "2026-03-09"), (7, "2026-03-09")],
    ids=["next day", "weekend", "late"],
)
def test_the_callback_is_due_the_next_working_day_inside_the_deadline(days: int, due: str) -> None:
    course = in_hand()
    course.reply("已修复", "water", at(days), CALENDAR)
    assert course.callback_due
    assert str((course.callback_due - timedelta(seconds=1)).astimezone(UTC).date()) == due


def test_merged_citizens_keep_their_clock_and_are_each_called_back() -> None:
    leader, follower = in_hand(), accepted(2)
    refused(leader, lambda c: c.merge_into(c, "desk", at(1)), "into itself")
    follower.merge_into(leader, "desk", at(1))
    other = accepted(3)
    refused(other, lambda c: c.merge_into(follower, "desk", at(1)), "is merged")
    refused(follower, lambda c: c.share_reply(leader, "desk", at(1), CALENDAR), "does not answer for")
    refused(follower, lambda c: c.share_reply(replied_as(9), "desk", at(2), CALENDAR), "does not answer for")
    leader.reply("已修复", "water", at(2), CALENDAR)
    refused(other, lambda c: c.merge_into(leader, "desk", at(2)), "still worked on")
    follower.share_reply(leader, "desk", at(2), CALENDAR)
    refused(follower, lambda c: call_back(c, said(), "water", at(2, 1)), "did not handle")
    call_back(follower, said(Satisfaction.NOT), "seat07", at(2, 1))
    assert leader.state is S.REPLIED, "his answer is not the other's"
    assert (follower.reply_text, follower.deadline) == ("已修复", CALENDAR.due(T0, 5))


def replied_as(number: int) -> Course:
    return replace(replied(), ticket_id=TicketId(f"T-2026-{number:06d}"))


def test_a_leader_that_is_merged_itself_answers_for_its_followers_all_the_same() -> None:
    top, middle, last = in_hand(), accepted(2), accepted(3)
    last.merge_into(middle, "desk", at(1))
    middle.merge_into(top, "desk", at(1))
    refused(top, lambda c: c.merge_into(last, "desk", at(1)), "is merged")
    top.reply("已修复", "water", at(2), CALENDAR)
    middle.share_reply(top, "desk", at(2), CALENDAR)
    last.share_reply(middle, "desk", at(2), CALENDAR)
    assert last.state is S.REPLIED and last.reply_text == "已修复"


def test_another_calendar_moves_deadline_and_callback_and_says_so_once() -> None:
    course = in_hand()
    course.reply("已修复", "water", at(7), CALENDAR)
    assert course.callback_due == course.deadline.at
    assert course.move_deadline(CALENDAR, "admin", at(7)) == []
    course.move_deadline(snowed_in(), "admin", at(7))
    assert str(course.deadline.day) == "2026-03-10"
    assert course.callback_due == course.deadline.at
    assert course.move_deadline(snowed_in(), "admin", at(7)) == []
    assert dict(course.log[-1].detail) == {
        "from": "2026-03-09", "to": "2026-03-10", "provisional": "False", "callback_due": "2026-03-10",
        "why": "calendar",
    }  # fmt: skip


def test_parts_end_when_the_ticket_goes_to_another_unit() -> None:
    course = in_hand()
    course.ask_unit("街道", 2, "water", at(1), CALENDAR)
    course.return_("不属于", "water", at(1, 1))
    course.hand_over("街道", "desk", at(1, 2), CALENDAR)
    assert course.parts == {}
    assert [e.action for e in course.log].count("ask_unit") == 1


def test_supervision_changes_nothing_but_the_log() -> None:
    course = in_hand()
    before = deepcopy(course)
    course.supervise(A.REMIND, {"share": 80, "due": course.deadline.day}, "hotline", at(3))
    assert dict(course.log[-1].detail) == {"share": "80", "due": "2026-03-09"}
    assert replace(course, log=before.log, version=before.version) == before
    refused(course, lambda c: c.supervise(A.SIGN, {}, "hotline", at(3)), "no act of supervision", Invalid)
