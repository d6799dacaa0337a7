"""Transcripts, and the progress through recordings, in the database."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from hotline.domain.ids import CallId
from hotline.services.ports_transcripts import Progress, Source, TranscriptLine, Unheard, Voice
from hotline.storage.tables import recordings
from hotline.storage.tables_transcripts import transcriptions, transcripts

_WITH_PROGRESS = recordings.outerjoin(transcriptions, transcriptions.c.call_id == recordings.c.call_id)
_UNFINISHED = transcriptions.c.finished_at.is_(None)  # or not begun: then there is no row at all


class SqlTranscriptStore:
    """Implements TranscriptStore."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, lines: Sequence[TranscriptLine]) -> None:
        if lines:
            self._db.execute(insert(transcripts), [asdict(line) for line in lines])

    def of_call(self, call_id: CallId) -> list[TranscriptLine]:
        order = (transcripts.c.source, transcripts.c.began_ms, transcripts.c.id)
        rows = self._db.execute(select(transcripts).where(transcripts.c.call_id == call_id).order_by(*order))
        return [_line(dict(row._mapping)) for row in rows]

    def progress(self, call_id: CallId) -> Progress | None:
        row = self._db.execute(select(transcriptions).where(transcriptions.c.call_id == call_id)).first()
        if row is None:
            return None
        finished = row.finished_at is not None
        return Progress(attempts=row.attempts, is_finished=finished, problem=row.problem)

    def unheard(self) -> Unheard | None:
        done, tried = func.coalesce(transcriptions.c.done_ms, 0), func.coalesce(transcriptions.c.attempts, 0)
        query = (
            select(recordings.c.call_id, recordings.c.path, recordings.c.duration_ms)
            .add_columns(done.label("done_ms"), tried.label("attempts"))
            .select_from(_WITH_PROGRESS)
            .where(_UNFINISHED)
            # What failed before waits behind what was not tried; the rest is first come, first heard.
            .order_by(tried, recordings.c.linked_at, recordings.c.call_id)
            .limit(1)
        )
        row = self._db.execute(query).first()
        return Unheard(**row._mapping) if row else None

    def left(self) -> int:
        query = select(func.count()).select_from(_WITH_PROGRESS).where(_UNFINISHED)
        return self._db.execute(query).scalar_one()

    def begin(self, call_id: CallId, at: datetime) -> None:
        mine = transcriptions.c.call_id == call_id
        more = {"attempts": transcriptions.c.attempts + 1, "at": at}
        if self._db.execute(update(transcriptions).where(mine).values(more)).rowcount == 0:
            values = {"call_id": call_id, "done_ms": 0, "attempts": 1, "problem": "", "at": at}
            self._db.execute(insert(transcriptions).values(values))

    def advance(self, call_id: CallId, done_ms: int, at: datetime) -> None:
        self._change(call_id, done_ms=done_ms, attempts=1, at=at)

    def finish(self, call_id: CallId, at: datetime, problem: str = "") -> None:
        self._change(call_id, finished_at=at, problem=problem[:200], at=at)

    def _change(self, call_id: CallId, **values: Any) -> None:
        self._db.execute(update(transcriptions).where(transcriptions.c.call_id == call_id).values(values))


def _line(values: dict[str, Any]) -> TranscriptLine:
    del values["id"]
    values |= {"source": Source(values["source"]), "voice": Voice(values["voice"])}
    return TranscriptLine(**values)
