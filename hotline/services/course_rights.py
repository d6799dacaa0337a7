"""Who may do what with an accepted ticket: one table of actions and roles, and whose ticket it must be."""

from collections.abc import Mapping
from types import MappingProxyType

from hotline.domain.actors import Actor, Role
from hotline.domain.errors import NotFound
from hotline.domain.ticket_callback import MOST_ATTEMPTS
from hotline.domain.ticket_course import MOST_EXTENSION, RETURNS_BEFORE_ARBITRATION, Course
from hotline.domain.ticket_moves import MOVES, Action


class NotAllowed(NotFound):
    """There is no such action for who asks."""


_A, _R = Action, Role
_DESK = frozenset({_R.SEAT, _R.SUPERVISOR, _R.SYSTEM})
_BOSS = frozenset({_R.SUPERVISOR, _R.SYSTEM})
_LEAD = frozenset({_R.UNIT})
# A paper is issued by `services/notices.py` alone, with its number and its rules.
# `move_deadline` belongs to the calendar, which moves many at once; `withdraw` follows a granted extension.
RIGHTS: Mapping[Action, frozenset[Role]] = MappingProxyType(
    {
        _A.HAND_OVER: _DESK,
        _A.SIGN: _LEAD,
        _A.TAKE_IN_HAND: _LEAD,
        _A.RETURN: _LEAD,
        _A.FORCE: frozenset({_R.SUPERVISOR}),
        _A.PASS_ON: frozenset({_R.SYSTEM}),
        _A.PASS_PART: frozenset({_R.SYSTEM}),
        _A.ASK_UNIT: _LEAD,
        _A.ANSWER_PART: _LEAD,
        _A.ASK_EXTENSION: _LEAD,
        _A.GRANT_EXTENSION: frozenset({_R.SUPERVISOR}),
        _A.REFUSE_EXTENSION: frozenset({_R.SUPERVISOR}),
        _A.TELL_NEW_DATE: _DESK,
        _A.MISS_NEW_DATE: _DESK,
        _A.REPLY: _LEAD,
        _A.MISS_CITIZEN: _DESK,
        _A.GIVE_UP_CALLING: _DESK,
        _A.CALL_BACK: _DESK,
        _A.CLOSE_WITHOUT_CALLBACK: frozenset({_R.SUPERVISOR}),
        _A.INTERVIEW: frozenset({_R.SUPERVISOR}),
        _A.CLOSE: _DESK,
        _A.DO_AGAIN: _DESK,
        _A.MERGE: _DESK,
        _A.SHARE_REPLY: frozenset({_R.SYSTEM}),
        _A.MOVE_DEADLINE: frozenset(),
        _A.REMIND: _BOSS,
        _A.NOTICE: frozenset({_R.SYSTEM}),
        _A.CRITICISE: frozenset({_R.SYSTEM}),
        _A.WITHDRAW: frozenset(),
    }
)


def may_see(actor: Actor, course: Course) -> bool:
    """A unit sees what it handles or has a part of; everybody at the hotline sees every ticket."""
    if actor.role is not Role.UNIT:
        return True
    return actor.unit is not None and (actor.unit == course.unit or actor.unit in course.parts)


def may_do(actor: Actor, course: Course, action: Action) -> bool:
    """By role, and a unit only what is its own: its part, or all else as the lead."""
    if actor.role not in RIGHTS[action]:
        return False
    if actor.role is not Role.UNIT:
        return True
    if action is Action.ANSWER_PART:
        return actor.unit in course.parts
    return actor.unit is not None and actor.unit == course.unit


def check(actor: Actor, course: Course, action: Action) -> None:
    """Raises NotFound for a ticket that is not the actor's to see, NotAllowed for what is not his to do."""
    if not may_see(actor, course):
        raise NotFound("there is no such ticket")
    if not may_do(actor, course, action):
        raise NotAllowed("this is not for your role")


def possible(actor: Actor, course: Course, has_number: bool) -> list[Action]:
    """What this actor may do with it as it is now; of the rules only those about time may still refuse.

    `has_number`: its citizen can be called.
    """
    return [
        action
        for action in Action
        if (course.state, action) in MOVES
        and may_do(actor, course, action)
        and _makes_sense(actor, course, action)
        and not (has_number and action is Action.CLOSE_WITHOUT_CALLBACK)
    ]


def _makes_sense(actor: Actor, course: Course, action: Action) -> bool:
    """So that no button is shown which the rules refuse whatever is written beside it."""
    match action:
        case Action.HAND_OVER:
            return course.returns < RETURNS_BEFORE_ARBITRATION
        case Action.RETURN:
            return not course.forced
        case Action.ANSWER_PART:
            part = course.parts.get(actor.unit or "")
            return part is not None and part.answered_at is None
        case Action.ASK_EXTENSION:
            return not course.asked_extension and course.extended < MOST_EXTENSION
        case Action.GRANT_EXTENSION | Action.REFUSE_EXTENSION:
            return course.asked_extension > 0
        case Action.TELL_NEW_DATE | Action.MISS_NEW_DATE:
            return course.new_date is not None
        case Action.MISS_CITIZEN | Action.CALL_BACK if actor.name in course.handlers:
            return False
        case Action.MISS_CITIZEN:
            return len(course.tried) < MOST_ATTEMPTS
        case Action.GIVE_UP_CALLING:
            return len(course.tried) >= MOST_ATTEMPTS
        case Action.INTERVIEW:
            return course.dissatisfied and course.round > 1 and not course.interview
        case Action.CLOSE:
            return not course.dissatisfied or bool(course.interview)
        case Action.DO_AGAIN:
            return course.dissatisfied and (course.round == 1 or bool(course.interview))
    return True
