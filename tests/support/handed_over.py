"""A ticket that a demo seat has taken and handed to a demo unit."""

import uuid
from datetime import UTC, datetime, timedelta

from hotline.domain.call import Call
from hotline.domain.ids import CallId, SeatId, TicketId
from hotline.domain.ticket import TicketFields
from hotline.services import tickets
from hotline.services.ports import TopicList
from hotline.storage.sql import SqlStorage

NUMBER = "13812345678"


def accept(storage: SqlStorage, topics: TopicList, unit: str = "市水务集团", **more: object) -> TicketId:
    """Of seat01, an hour ago."""
    at = datetime.now(UTC) - timedelta(hours=1)
    call = CallId(str(uuid.uuid4()))
    usual = {
        "kind": "complaint",
        "topic": "water_outage",
        "place": "人民路",
        "what": "停水三天",
        "unit": unit,
    }
    with storage.writing() as tx:
        tx.calls.save(Call(id=call, arrived_at=at, seat=SeatId("seat01"), from_number=NUMBER))
        account = tx.accounts.by_login("seat01")
        assert account
        fields = TicketFields(**{**usual, **more})  # type: ignore[arg-type]
        ticket = tickets.accept(tx, account, call, 0, fields, topics, at)
    assert ticket.id
    return ticket.id
