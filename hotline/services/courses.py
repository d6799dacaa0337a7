"""The one door for everything that is done with an accepted ticket, by people and by the clock."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from hotline.domain.actors import Actor, Role
from hotline.domain.calendar import SHANGHAI
from hotline.domain.errors import Conflict, Contended, Invalid, NotFound
from hotline.domain.events import TicketMoved
from hotline.domain.ids import TicketId, UnitId
from hotline.domain.ticket_callback import Answers, Satisfaction
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
from hotline.domain.ticket_moves import SUPERVISION, Action
from hotline.domain.ticket_new_date import Way
from hotline.domain.ticket_passing import pass_on, pass_part
from hotline.domain.ticket_telling import miss_new_date, tell_new_date
from hotline.services import attempts, course_args, course_rights
from hotline.services.course_view import CourseView, counted_days, course_view, own_number
from hotline.services.ports import Account, Storage, Transaction

T = TypeVar("T")
ALLOWED = "allowed by the citizen"  # why a unit sees a number, as the records of looks name it
TO_A_UNIT = (Action.HAND_OVER, Action.FORCE, Action.ASK_UNIT, Action.PASS_ON, Action.PASS_PART)


class StaleTicket(Conflict):
    """Somebody was faster; `view` is what is stored now."""

    def __init__(self, view: CourseView) -> None:
        super().__init__("the ticket was changed meanwhile: look at it again", "stale")
        self.view = view


def actor_of(account: Account) -> Actor:
    """A person who is logged in."""
    role = Role(account.role)
    return Actor(account=account.id, name=account.login, role=role, unit=account.unit)


def perform(
    storage: Storage,
    actor: Actor,
    ticket_id: TicketId,
    version: int | None,
    action: Action,
    args: Mapping[str, object],
    at: datetime,
) -> CourseView:
    """Do it, in one transaction; returns the ticket as it is then.

    Raises NotFound (no such ticket for this actor), NotAllowed (not for his role), ArgsInvalid (each wrong
    field), StaleTicket (`version` is not the stored one; None is for the hotline's own acts only),
    IllegalTransition and Conflict (the rules refuse: `reason` names which). A refusal changes nothing.
    """
    return once_more(storage, lambda tx: perform_in(tx, actor, ticket_id, version, action, args, at))


def perform_in(
    tx: Transaction,
    actor: Actor,
    ticket_id: TicketId,
    version: int | None,
    action: Action,
    args: Mapping[str, object],
    at: datetime,
) -> CourseView:
    """The same inside a larger transaction, which must be given up when this raises."""
    return course_view(tx, actor, done_in(tx, actor, ticket_id, version, action, args, at))


def done_in(
    tx: Transaction,
    actor: Actor,
    ticket_id: TicketId,
    version: int | None,
    action: Action,
    args: Mapping[str, object],
    at: datetime,
) -> Course:
    """The same for who shows nothing of it to anybody."""
    said = course_args.read(action, args)
    if version is None and actor.role is not Role.SYSTEM:
        raise Invalid("the version of the ticket is missing")
    act = _Act(tx, actor, at)
    course = act.load(ticket_id)
    course_rights.check(actor, course, action)
    if version is not None and version != course.version:
        raise StaleTicket(course_view(tx, actor, course))
    act.do(course, action, said)
    return course


def view(storage: Storage, actor: Actor, ticket_id: TicketId, at: datetime) -> CourseView:
    """What this actor may see of it, and how its deadline was counted; that he looked is recorded.

    Raises NotFound.
    """
    with storage.writing() as tx:
        calendar = tx.calendar.load()  # before the ticket is locked
        course = _seen(tx, actor, ticket_id)
        _record(tx, actor, course, "ticket", "", at)
        days = counted_days(calendar, course)
        return with_allowed_number(tx, actor, course_view(tx, actor, course), at) | {"days": days}


def with_allowed_number(tx: Transaction, actor: Actor, seen: CourseView, at: datetime) -> CourseView:
    """What somebody of a unit sees who handles it: the whole number, recorded, where the citizen allowed it.

    Programs have nobody's account, and the mask always.
    """
    if actor.role is not Role.UNIT or actor.account is None or not seen["share_number"]:
        return seen
    course = tx.courses.get(seen["id"])
    number = own_number(tx, course) if course else None
    if course is None or number is None:
        return seen
    _record(tx, actor, course, "number", ALLOWED, at)
    return seen | {"number": number}


def reveal(storage: Storage, actor: Actor, ticket_id: TicketId, why: str, at: datetime) -> str:
    """The citizen's whole number, for the hotline's own people who say why. Raises NotFound, ArgsInvalid."""
    if not why.strip() or len(why) > 200 or not course_args.is_clean(why):
        raise course_args.ArgsInvalid({"why": "required"})
    with storage.writing() as tx:
        course = _seen(tx, actor, ticket_id)
        number = own_number(tx, course)
        if actor.role not in (Role.SEAT, Role.SUPERVISOR) or not number:
            raise NotFound("there is no number for you to see")
        _record(tx, actor, course, "number", why.strip(), at)
        return number


def _seen(tx: Transaction, actor: Actor, ticket_id: TicketId) -> Course:
    course = tx.courses.get(ticket_id)
    if course is None or not course_rights.may_see(actor, course):
        raise NotFound("there is no such ticket")
    return course


def _record(tx: Transaction, actor: Actor, course: Course, what: str, why: str, at: datetime) -> None:
    if actor.account is not None:
        ticket = tx.tickets.get(course.ticket_id)
        call_id = ticket.call_id if ticket else None
        tx.views.add(at, actor.account, call_id, what, why or actor.role, ticket=course.key)


def once_more(storage: Storage, body: Callable[[Transaction], T]) -> T:
    """Two who came at the same moment: the database gives one up, who then sees what the other did."""
    try:
        with storage.writing() as tx:
            return body(tx)
    except Contended:
        with storage.writing() as tx:
            return body(tx)


class _Act:
    """One action with all that follows from it, in one transaction."""

    def __init__(self, tx: Transaction, actor: Actor, at: datetime) -> None:
        self.tx, self.actor, self.at = tx, actor, at
        # Before any ticket is locked: who changes the calendar holds it first and the tickets then.
        self.calendar = tx.calendar.load()

    def load(self, ticket_id: TicketId) -> Course:
        course = self.tx.courses.get(ticket_id)
        if course is None:
            raise NotFound("there is no such ticket")
        return course

    def do(self, course: Course, action: Action, said: Mapping[str, Any]) -> None:
        units = {course.unit, *course.parts}
        again: Course | None = None
        if action is Action.DO_AGAIN:
            again, moved = self._do_again(course)
        else:
            moved = self._move(course, action, said)
        self.tx.courses.save(course)
        self._tell(course, moved, units)
        if again:
            self._begin_again(course, again, said.get("unit") or "")
        self._follow(course, action)

    def _move(self, course: Course, action: Action, said: Mapping[str, Any]) -> list[TicketMoved]:
        who, at, calendar, unit = self.actor.name, self.at, self.calendar, said.get("unit", "")
        if action in TO_A_UNIT:
            course.check(action)
            self._check_open(UnitId(unit))
        if action in SUPERVISION:
            return course.supervise(action, said, who, at)
        match action:
            case Action.HAND_OVER:
                return course.hand_over(unit, who, at, calendar)
            case Action.FORCE:
                return course.force(unit, said["decision"], who, at, calendar)
            case Action.PASS_ON:
                return pass_on(course, unit, who, at, calendar)
            case Action.PASS_PART:
                return pass_part(course, said["before"], unit, who, at)
            case Action.SIGN:
                return course.sign(who, at)
            case Action.TAKE_IN_HAND:
                return course.take_in_hand(who, at)
            case Action.RETURN:
                return course.return_(said["reason"], who, at)
            case Action.ASK_UNIT:
                return course.ask_unit(unit, said["days"], who, at, calendar)
            case Action.ANSWER_PART:
                return course.answer_part(self.actor.unit or "", said["text"], who, at)
            case Action.ASK_EXTENSION:
                return course.ask_extension(said["days"], said["reason"], who, at)
            case Action.GRANT_EXTENSION:
                return course.grant_extension(who, at, calendar, said["reason"])
            case Action.REFUSE_EXTENSION:
                return course.refuse_extension(said["reason"], who, at)
            case Action.TELL_NEW_DATE:
                return tell_new_date(course, Way(said["how"]), who, at)
            case Action.MISS_NEW_DATE:
                rung = attempts.rung_for_new_date(self.tx, self.actor, course, at)
                return miss_new_date(course, who, at, rung)
        return self._finish(course, action, said)

    def _finish(self, course: Course, action: Action, said: Mapping[str, Any]) -> list[TicketMoved]:
        """The actions from the reply on."""
        who, at, calendar = self.actor.name, self.at, self.calendar
        match action:
            case Action.REPLY:
                return course.reply(said["text"], who, at, calendar)
            case Action.SHARE_REPLY:
                leader = self.load(course.leader) if course.leader else course
                return course.share_reply(leader, who, at, calendar)
            case Action.MISS_CITIZEN:
                rung = attempts.rung_for_callback(self.tx, self.actor, course, at)
                return miss_citizen(course, who, at, rung)
            case Action.GIVE_UP_CALLING:
                return give_up_calling(course, who, at)
            case Action.CALL_BACK:
                values = {**said, "satisfaction": Satisfaction(said["satisfaction"])}
                return call_back(course, Answers(**values), who, at)
            case Action.CLOSE_WITHOUT_CALLBACK:
                if self.tx.callbacks.number_of_ticket(course.key) is not None:
                    raise Conflict("the citizen has a number: he is called back", "has_number")
                return close_without_callback(course, said["reason"], who, at)
            case Action.INTERVIEW:
                return record_interview(course, said["record"], who, at)
            case Action.CLOSE:
                return close(course, who, at)
            case Action.MERGE:
                return course.merge_into(self.load(TicketId(said["leader"])), who, at)
        raise Invalid(f"{action} is not done here")

    def _do_again(self, course: Course) -> tuple[Course, list[TicketMoved]]:
        course.check(Action.DO_AGAIN)
        new_id = self.tx.tickets.next_id(self.at.astimezone(SHANGHAI).year)
        again, moved = do_again(course, new_id, self.actor.name, self.at, self.calendar)
        self.tx.courses.add_again(again)  # before the old one names it
        return again, moved

    def _begin_again(self, course: Course, again: Course, unit: str) -> None:
        """Its log begins, and it goes to the unit that had it, or another that was named."""
        detail = {"again_of": course.ticket_id, "round": again.round}
        state = again.state
        self.tx.log.add(again.key, self.at, self.actor.name, "accept", "draft", state, detail)
        fresh = self.load(again.ticket_id)
        named = self.tx.units.get(UnitId(unit or course.unit))
        if named and named.is_open:
            self.do(fresh, Action.HAND_OVER, {"unit": named.id})
        elif unit:
            self._check_open(UnitId(unit))
        else:
            event = TicketMoved(at=self.at, ticket_id=fresh.ticket_id, action="accept", state=state)
            self._tell(fresh, [event], set())

    def _follow(self, course: Course, action: Action) -> None:
        """What the rules make of it at once, so that nobody can forget it."""
        if action in (Action.REPLY, Action.SHARE_REPLY):
            for follower in self.tx.courses.followers(course.ticket_id):
                self.do(follower, Action.SHARE_REPLY, {})
        elif action is Action.GRANT_EXTENSION:
            self._withdraw(course)
        elif action in (Action.CALL_BACK, Action.GIVE_UP_CALLING):
            if not course.dissatisfied:
                self.do(course, Action.CLOSE, {})
            elif course.round == 1:
                self.do(course, Action.DO_AGAIN, {})

    def _withdraw(self, course: Course) -> None:
        """The unit had asked in time: papers about the promise before fall away with it."""
        for notice in self.tx.notices.in_force(course.key, course.extended):
            self.tx.notices.withdraw(notice.key, self.actor.account, self.at)
            said = {"number": str(notice.number), "notice": str(notice.key), "unit": notice.unit}
            self.do(course, Action.WITHDRAW, said)

    def _check_open(self, unit_id: UnitId) -> None:
        unit = self.tx.units.get(unit_id)
        if unit is None:
            raise course_args.ArgsInvalid({"unit": "unknown"})
        if not unit.is_open:
            raise Conflict(f"{unit.name} is closed: choose another unit", "unit_closed")

    def _tell(self, course: Course, moved: list[TicketMoved], units: set[str]) -> None:
        known = sorted(self.tx.units.names_of({*units, course.unit, *course.parts}))
        self.tx.outbox.add([replace(event, seat=course.seat, units=tuple(known)) for event in moved])
