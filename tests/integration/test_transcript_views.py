"""Who may read what was said, on both databases; every look is recorded."""

from datetime import UTC, datetime

import pytest

from hotline.domain.call import Call
from hotline.domain.errors import NotFound
from hotline.domain.ids import CallId, SeatId
from hotline.services import transcripts
from hotline.services.ports import Account
from hotline.services.ports_transcripts import Source, TranscriptLine, Voice
from hotline.storage.sql import SqlStorage

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
CALL = CallId("5f0e7c1e-0000-4000-8000-000000000001")


def an_account(storage: SqlStorage, role: str, seat: str | None = None) -> Account:
    values = {"password_hash": "x", "must_change": False, "active": True, "epoch": 1, "demo": False}
    with storage.writing() as tx:
        return tx.accounts.add(login=f"{role}{seat}", name="张", role=role, seat=seat, **values)


def said(storage: SqlStorage) -> None:
    line = TranscriptLine(
        call_id=CALL,
        source=Source.RECORDING,
        voice=Voice.BOTH,
        began_ms=900,
        words="停水了",
        model="m",
        at=NOW,
    )
    with storage.writing() as tx:
        tx.calls.save(Call(id=CALL, arrived_at=NOW, seat=SeatId("seat07")))
        tx.transcripts.add([line])


def test_a_supervisor_and_the_calls_own_seat_read_it_and_both_looks_stay(storage: SqlStorage) -> None:
    said(storage)
    readers = {
        "supervision": an_account(storage, "supervisor"),
        "own call": an_account(storage, "seat", "seat07"),
    }
    for account in readers.values():
        with storage.writing() as tx:
            [line] = transcripts.of_call(tx, account, CALL, NOW)
        assert (line["words"], line["began_ms"], line["source"]) == ("停水了", 900, "recording")
    with storage.reading() as tx:
        views = tx.views.of_call(CALL)
    assert [(view["account"], view["what"], view["why"]) for view in views] == [
        (account.id, "transcript", why) for why, account in readers.items()
    ]


def test_nobody_else_does_and_no_look_is_written(storage: SqlStorage) -> None:
    said(storage)
    other, admin = an_account(storage, "seat", "seat08"), an_account(storage, "admin")
    for account, call in ((other, CALL), (admin, CALL), (other, CallId("none"))):
        with pytest.raises(NotFound), storage.writing() as tx:
            transcripts.of_call(tx, account, call, NOW)
    with storage.reading() as tx:
        assert tx.views.of_call(CALL) == []
