"""A ticket whose unit has replied, in the database of a running hotline."""

import uuid
from datetime import UTC, datetime

from hotline.domain.actors import Actor, Role
from hotline.domain.call import Call
from hotline.domain.ids import CallId, SeatId, TicketId
from hotline.domain.ticket import TicketFields
from hotline.domain.ticket_moves import Action
from hotline.services import courses, tickets
from hotline.services.ports import Transaction
from tests.support.quick import shipped_topics

REPLY = "主管道已修复，恢复供水。"


def replied_ticket(tx: Transaction, number: str, seat: str = "seat02") -> TicketId:
    """Taken by `seat` from a citizen with this number; the first unit there is has replied."""
    now, account = datetime.now(UTC), tx.accounts.by_seat(SeatId(seat))
    unit = tx.units.named("市水务集团") or tx.units.all()[0]
    assert account
    call_id = CallId(str(uuid.uuid4()))
    call = Call(id=call_id, arrived_at=now, from_number=number)
    call.wait(call.queue, now)
    call.answer(SeatId(seat), now)
    call.end(now)
    tx.calls.save(call)
    fields = TicketFields(
        kind="complaint", topic="water_outage", place="人民路", what="人民路停水三天", unit=unit.id
    )
    ticket = tickets.accept(tx, account, call_id, 0, fields, shipped_topics(), now)
    assert ticket.id
    actor = Actor(account=None, name="water", role=Role.UNIT, unit=unit.id)
    course = tx.courses.get(ticket.id)
    assert course
    version = course.version
    for action, args in ((Action.SIGN, {}), (Action.TAKE_IN_HAND, {}), (Action.REPLY, {"text": REPLY})):
        version = courses.perform_in(tx, actor, ticket.id, version, action, args, now)["version"]
    return ticket.id
