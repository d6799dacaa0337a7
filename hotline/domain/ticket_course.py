"""An accepted ticket's course from hand-over to its end; the citizen's clock runs through all of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hotline.domain.calendar import Calendar, Deadline
from hotline.domain.deadlines import RETURN_WITHIN, SIGN_WITHIN, RunningClock, moves
from hotline.domain.errors import Conflict, IllegalTransition, Invalid
from hotline.domain.events import TicketMoved
from hotline.domain.ids import SeatId, TicketId, TicketKey
from hotline.domain.ticket import TicketState
from hotline.domain.ticket_callback import Answers, Satisfaction, callback_due
from hotline.domain.ticket_log import Entry, chained
from hotline.domain.ticket_moves import MOVES, SUPERVISION, Action
from hotline.domain.ticket_new_date import NewDate
from hotline.domain.ticket_parts import Part, inside, reckoned

MOST_EXTENSION = 10  # working days in all
RETURNS_BEFORE_ARBITRATION = 2
NO_KEY = TicketKey(0)
Moved = list[TicketMoved]


@dataclass(slots=True, kw_only=True)
class Course:
    """One citizen's accepted matter. Its number of working days only grows; its log is never shortened.

    Late actions are taken and recorded late: only returns and extensions have a last moment.
    `told_at` is when the citizen was called back, or tried for the third time, or the ticket
    was closed because nobody can be called: done in time or late.
    `seat` is the one that accepted it; None where it came in writing.
    `version` grows with every change, for browsers that race. Of a stored log its last entry is enough.
    """

    ticket_id: TicketId
    accepted_at: datetime
    working_days: int
    deadline: Deadline
    key: TicketKey = NO_KEY
    version: int = 0
    state: TicketState = TicketState.ACCEPTED
    unit: str = ""
    handed_over_at: datetime | None = None
    handlers: set[str] = field(default_factory=set)
    parts: dict[str, Part] = field(default_factory=dict)
    part_numbers: int = 0
    sign_due: datetime | None = None
    return_due: datetime | None = None
    returns: int = 0
    returned_at: datetime | None = None
    passed_on: int = 0
    forced: bool = False
    requests: int = 0
    asked_at: datetime | None = None
    asked_extension: int = 0
    extended: int = 0
    new_date: NewDate | None = None
    reply_text: str = ""
    replied_at: datetime | None = None
    callback_due: datetime | None = None
    tried: list[datetime] = field(default_factory=list)
    told_at: datetime | None = None
    answers: Answers | None = None
    interview: str = ""
    round: int = 1
    again_of: TicketId | None = None
    again_as: TicketId | None = None
    leader: TicketId | None = None
    seat: SeatId | None = None
    log: list[Entry] = field(default_factory=list)

    def check(self, action: Action) -> TicketState:
        """Where `action` leads now; raises IllegalTransition when it is not possible in this state."""
        target = MOVES.get((self.state, action))
        if target is None:
            raise IllegalTransition(f"ticket {self.ticket_id}", self.state, action)
        return target

    def move(self, action: Action, who: str, at: datetime, **detail: object) -> Moved:
        """All else was checked before: the state changes and the log says so."""
        origin, self.state = self.state, self.check(action)
        entry = Entry(
            ticket=self.key,
            number=0,
            at=at,
            who=who,
            action=action,
            origin=origin,
            target=self.state,
            detail=tuple((name, str(value)) for name, value in detail.items()),
            before="",
        )
        self.log.append(chained(self.log, entry))
        self.version += 1
        return [TicketMoved(at=at, ticket_id=self.ticket_id, action=action, state=self.state)]

    def hand_over(self, unit: str, who: str, at: datetime, calendar: Calendar) -> Moved:
        """To a unit for the first time, or again after its first return."""
        self.check(Action.HAND_OVER)
        if self.returns >= RETURNS_BEFORE_ARBITRATION:
            raise Conflict(
                "it was returned twice: a supervisor decides which unit handles it", "returned_twice"
            )
        self.start_at(stated(unit, "the unit"), at, calendar)
        return self.move(Action.HAND_OVER, who, at, unit=unit)

    def force(self, unit: str, decision: str, who: str, at: datetime, calendar: Calendar) -> Moved:
        """A supervisor's arbitration: this unit handles it and cannot return it."""
        self.check(Action.FORCE)
        stated(decision, "the decision")
        self.start_at(stated(unit, "the unit"), at, calendar)
        self.forced = True
        return self.move(Action.FORCE, who, at, unit=unit, decision=decision)

    def start_at(self, unit: str, at: datetime, calendar: Calendar) -> None:
        sign, give_back = calendar.due(at, SIGN_WITHIN), calendar.due(at, RETURN_WITHIN)
        self.unit, self.handed_over_at = unit, at
        self.sign_due, self.return_due = sign.at, give_back.at
        self.parts.clear()
        self.asked_extension = 0

    def sign(self, who: str, at: datetime) -> Moved:
        """The unit has seen it."""
        self.check(Action.SIGN)
        self.handlers.add(who)
        return self.move(Action.SIGN, who, at)

    def take_in_hand(self, who: str, at: datetime) -> Moved:
        """Somebody works on it."""
        self.check(Action.TAKE_IN_HAND)
        self.handlers.add(who)
        return self.move(Action.TAKE_IN_HAND, who, at)

    def return_(self, reason: str, who: str, at: datetime) -> Moved:
        """Not this unit's matter; within its time, with a reason, and not after arbitration."""
        self.check(Action.RETURN)
        stated(reason, "the reason")
        if self.forced:
            raise Conflict("a supervisor has decided that this unit handles it", "forced")
        if self.return_due is None or at >= self.return_due:
            raise Conflict(
                f"a ticket may be returned within {RETURN_WITHIN} working days of its hand-over",
                "return_late",
            )
        self.returns += 1
        self.returned_at = at
        return self.move(Action.RETURN, who, at, unit=self.unit, reason=reason, returns=self.returns)

    def ask_unit(self, unit: str, working_days: int, who: str, at: datetime, calendar: Calendar) -> Moved:
        """The lead asks another unit for its part, which is due inside the citizen's deadline."""
        self.check(Action.ASK_UNIT)
        stated(unit, "the unit")
        if unit == self.unit or unit in self.parts:
            raise Conflict(f"{unit[:40]!r} has this ticket already", "has_it_already")
        due = inside(calendar.due, at, working_days, self.deadline)
        number = self.next_part()
        self.parts[unit] = Part(unit=unit, asked_at=at, due=due, number=number, working_days=working_days)
        return self.move(Action.ASK_UNIT, who, at, unit=unit, due=due.day)

    def next_part(self) -> int:
        """Given to a part that begins, or begins anew."""
        self.part_numbers += 1
        return self.part_numbers

    def answer_part(self, unit: str, text: str, who: str, at: datetime) -> Moved:
        """An assisting unit is done with its part; the lead still answers for the whole."""
        self.check(Action.ANSWER_PART)
        stated(text, "the answer")
        part = self.parts.get(unit)
        if part is None or part.answered_at:
            raise Conflict(f"{unit[:40]!r} has no open part of this ticket", "no_part")
        part.answered_at = at
        self.handlers.add(who)
        return self.move(Action.ANSWER_PART, who, at, unit=unit, text=text)

    def ask_extension(self, working_days: int, reason: str, who: str, at: datetime) -> Moved:
        """Before the deadline, with a reason, ten working days in all at most."""
        self.check(Action.ASK_EXTENSION)
        stated(reason, "the reason")
        if at >= self.deadline.at:
            raise Conflict("the deadline has passed: an extension is asked for before it", "extension_late")
        if self.asked_extension:
            raise Conflict(
                "an extension is asked for already and waits for the supervisor", "extension_waits"
            )
        if not 1 <= working_days <= MOST_EXTENSION - self.extended:
            left = MOST_EXTENSION - self.extended
            raise Invalid(
                f"an extension is at most {MOST_EXTENSION} working days in all; {left} are left",
                "extension_long",
            )
        self.asked_extension, self.asked_at = working_days, at
        self.requests += 1
        return self.move(Action.ASK_EXTENSION, who, at, days=working_days, reason=reason)

    def grant_extension(self, who: str, at: datetime, calendar: Calendar, reason: str = "") -> Moved:
        """A supervisor grants what was asked in time; the citizen is to be told."""
        self.check(Action.GRANT_EXTENSION)
        days = self._asked()
        later = calendar.due(self.accepted_at, self.working_days + days)
        self.working_days += days
        self.extended += days
        self.asked_extension, before, self.deadline = 0, self.deadline, later
        known = self.new_date.before if self.new_date else before
        self.new_date = NewDate(since=at, before=known)
        for part in self.parts.values():
            due = reckoned(part, calendar.due, before, later)
            if due.at != part.due.at:
                part.number = self.next_part()
            part.due = due
        said = {"days": days, "reason": reason, "from": before.day, "to": later.day}
        return self.move(Action.GRANT_EXTENSION, who, at, **said)

    def refuse_extension(self, reason: str, who: str, at: datetime) -> Moved:
        """The deadline stays."""
        self.check(Action.REFUSE_EXTENSION)
        days = self._asked()
        stated(reason, "the reason")
        self.asked_extension = 0
        return self.move(Action.REFUSE_EXTENSION, who, at, days=days, reason=reason)

    def _asked(self) -> int:
        if not self.asked_extension:
            raise Conflict("no extension is asked for", "no_extension")
        return self.asked_extension

    def reply(self, text: str, who: str, at: datetime, calendar: Calendar) -> Moved:
        """The lead unit's answer for the whole; parts still open are named in the log and end with it."""
        self.check(Action.REPLY)
        stated(text, "the reply")
        unanswered = [part.unit for part in self.parts.values() if part.answered_at is None]
        self._replied(text, at, calendar)
        self.handlers.add(who)
        return self.move(Action.REPLY, who, at, text=text, unanswered="、".join(unanswered))

    def share_reply(self, leader: "Course", who: str, at: datetime, calendar: Calendar) -> Moved:
        """The job this citizen's matter was merged into is answered: he is called back like the first."""
        self.check(Action.SHARE_REPLY)
        if leader.ticket_id != self.leader or leader.replied_at is None:
            raise Conflict(f"{leader.ticket_id} does not answer for {self.ticket_id}", "not_leader")
        self._replied(leader.reply_text, at, calendar)
        self.handlers |= leader.handlers
        return self.move(Action.SHARE_REPLY, who, at, leader=leader.ticket_id)

    def _replied(self, text: str, at: datetime, calendar: Calendar) -> None:
        due = callback_due(calendar.due, at, self.deadline)
        self.reply_text, self.replied_at, self.callback_due = text, at, due

    @property
    def dissatisfied(self) -> bool:
        """Reached, and not satisfied."""
        return self.answers is not None and self.answers.satisfaction is Satisfaction.NOT

    def merge_into(self, leader: "Course", who: str, at: datetime) -> Moved:
        """The same matter as `leader`'s: one job, and this citizen keeps his own clock and callback."""
        self.check(Action.MERGE)
        if leader.ticket_id == self.ticket_id:
            raise Conflict("a ticket is not merged into itself", "itself")
        if (leader.state, Action.MERGE) not in MOVES:
            raise Conflict(
                f"{leader.ticket_id} is {leader.state}: only what is still worked on takes in others",
                "leader_done",
            )
        self.leader = leader.ticket_id
        self.asked_extension = 0
        return self.move(Action.MERGE, who, at, leader=leader.ticket_id)

    def supervise(self, action: Action, said: Mapping[str, object], who: str, at: datetime) -> Moved:
        """A reminder or a numbered notice went out: only the log knows."""
        if action not in SUPERVISION:
            raise Invalid(f"{action} is no act of supervision")
        self.check(action)
        return self.move(action, who, at, **said)

    def move_deadline(self, calendar: Calendar, who: str, at: datetime, why: str = "calendar") -> Moved:
        """The calendar changed; nothing happens when every deadline is the same."""
        self.check(Action.MOVE_DEADLINE)
        for move in moves([self._clock()], calendar, {}):
            self.deadline = move.after
            for name, moved in move.inner.items():
                setattr(self, name, moved)
            self.parts |= {part.unit: part for part in move.parts}
            return self.move(Action.MOVE_DEADLINE, who, at, **move.said(why))
        return []

    def _clock(self) -> RunningClock:
        return RunningClock(
            key=self.key, ticket_id=self.ticket_id, accepted_at=self.accepted_at, state=self.state,
            working_days=self.working_days, deadline=self.deadline, handed_over_at=self.handed_over_at,
            sign_due=self.sign_due, return_due=self.return_due, replied_at=self.replied_at,
            callback_due=self.callback_due, parts=tuple(self.parts.values()),
        )  # fmt: skip


def stated(text: str, what: str) -> str:
    """Raises Invalid where nothing was said of `what`."""
    if not text.strip():
        raise Invalid(f"{what} is missing")
    return text
