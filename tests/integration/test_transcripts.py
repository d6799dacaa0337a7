"""Transcripts on both databases: sentences in order, and recordings heard once, to their end, or given up."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from hotline.domain.call import Call
from hotline.domain.ids import CallId
from hotline.services.ports import Recording
from hotline.services.ports_transcripts import Source, TranscriptLine, Unheard, Voice
from hotline.storage.sql import SqlStorage

T0 = datetime(2026, 3, 2, 1, tzinfo=UTC)


def call_id(number: int) -> CallId:
    return CallId(f"5f0e7c1e-0000-4000-8000-{number:012d}")


def a_line(began_ms: int, words: str, number: int = 1, **more: object) -> TranscriptLine:
    values = {"source": Source.RECORDING, "voice": Voice.BOTH, "model": "m", "at": T0} | more
    return TranscriptLine(call_id=call_id(number), began_ms=began_ms, words=words, **values)  # type: ignore[arg-type]


def recorded(storage: SqlStorage, *numbers: int) -> None:
    with storage.writing() as tx:
        for number in numbers:
            tx.calls.save(Call(id=call_id(number), arrived_at=T0))
            tx.recordings.add(
                Recording(
                    call_id=call_id(number), path=f"{number}.wav", size=1, duration_ms=60_000, sha256="x",
                    linked_at=T0 + timedelta(seconds=number),
                )
            )  # fmt: skip


def test_sentences_come_back_in_the_order_they_were_said(storage: SqlStorage) -> None:
    recorded(storage, 1, 2)
    live = a_line(900, "停水三天了\n🙂'; drop table calls;--", source=Source.LIVE, voice=Voice.CALLER)
    late, early, other = a_line(5_000, "好的"), a_line(200, "您好"), a_line(0, "别的", 2)
    with storage.writing() as tx:
        tx.transcripts.add([late, early, other])
        tx.transcripts.add([live])
        tx.transcripts.add([])
    with storage.reading() as tx:
        assert tx.transcripts.of_call(call_id(1)) == [live, early, late]
        assert tx.transcripts.of_call(call_id(3)) == []


def test_what_cannot_be_is_refused_by_the_database(storage: SqlStorage) -> None:
    recorded(storage, 1)
    for wrong in (
        a_line(-1, "x"),
        a_line(0, "x", 9),
        a_line(0, "x", source="guess"),
        a_line(0, "x", voice="?"),
    ):
        with pytest.raises(IntegrityError), storage.writing() as tx:
            tx.transcripts.add([wrong])
            tx.transcripts.of_call(call_id(1))


def test_recordings_wait_in_the_order_they_came(storage: SqlStorage) -> None:
    recorded(storage, 2, 1)
    with storage.writing() as tx:
        assert tx.transcripts.left() == 2
        first = tx.transcripts.unheard()
        assert first == Unheard(call_id=call_id(1), path="1.wav", duration_ms=60_000, done_ms=0, attempts=0)
        tx.transcripts.begin(call_id(1), T0)
        tx.transcripts.finish(call_id(1), T0)
        second = tx.transcripts.unheard()
        assert second and second.call_id == call_id(2) and tx.transcripts.left() == 1


def test_progress_is_kept_and_forgives_what_failed_before(storage: SqlStorage) -> None:
    recorded(storage, 1)
    with storage.writing() as tx:
        tx.transcripts.begin(call_id(1), T0)
        tx.transcripts.begin(call_id(1), T0)
        tx.transcripts.advance(call_id(1), 12_000, T0)
    with storage.reading() as tx:
        found = tx.transcripts.unheard()
    assert found and (found.done_ms, found.attempts) == (12_000, 1)


def test_what_fails_keeps_nobody_waiting_until_it_is_given_up(storage: SqlStorage) -> None:
    recorded(storage, 1, 2)
    with storage.writing() as tx:
        for wanted in (1, 2, 1, 2):
            found = tx.transcripts.unheard()
            assert found and found.call_id == call_id(wanted), "who failed waits behind the others"
            tx.transcripts.begin(found.call_id, T0)
        tx.transcripts.finish(call_id(1), T0, "not a WAV file " * 40)
        found = tx.transcripts.unheard()
        assert found and (found.call_id, found.attempts, tx.transcripts.left()) == (call_id(2), 2, 1)
        tx.transcripts.finish(call_id(2), T0, "given up")
        assert tx.transcripts.unheard() is None and tx.transcripts.left() == 0
