"""Calls that were heard, and what their seats chose, kept in the database."""

from datetime import datetime

from hotline.domain.call import Call, CallState
from hotline.domain.heard import Heard, Reason, Suggestion
from hotline.domain.learning import Lesson, Shown
from hotline.services import learning
from hotline.storage.sql import SqlStorage
from tests.support.small_topics import T0, enough_lessons


def suggested(*topics: str) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(category="other", topic=t, name=t, score=0.8 - n / 10) for n, t in enumerate(topics)
    )


def keep(
    storage: SqlStorage,
    lesson: Lesson,
    *topics: str,
    at: datetime = T0,
    chosen: str = "",
    version: int = 0,
    shown: Shown | None = None,
) -> None:
    """A call that was heard, and what its seat chose."""
    heard = Heard(
        call_id=lesson.call_id,
        words=lesson.words,
        final=True,
        reason=Reason.ENDPOINT,
        at=at.timestamp(),
        heard_ms=2_000,
        suggestions=suggested(*topics),
        categoriser=version,
    )
    with storage.writing() as tx:
        ended = Call(id=lesson.call_id, arrived_at=at, line="12341", heard=heard)
        ended.state, ended.ended_at = CallState.ENDED, at
        tx.calls.save(ended)
        learning.note_choice(tx, ended, chosen or lesson.topic, at, shown)


def keep_enough(storage: SqlStorage) -> None:
    """As many calls as a version may go live by."""
    for lesson in enough_lessons():
        keep(storage, lesson)
