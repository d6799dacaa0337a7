"""The kinds of identifier, so that a seat is never passed where a call is meant."""

from typing import NewType

CallId = NewType("CallId", str)  # UUID made by the dialplan, lower case with dashes
SeatId = NewType("SeatId", str)  # "seat01" … "seat50", also the SIP user name
TicketId = NewType("TicketId", str)  # "T-2026-000001"
TicketKey = NewType("TicketKey", int)  # a ticket's row, drafts too
AccountId = NewType("AccountId", int)
QueueId = NewType("QueueId", str)  # a category's id, or "general"
UnitId = NewType("UnitId", str)  # "u001": a handling unit
