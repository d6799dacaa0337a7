"""What was said in a call, for those who may read it: that they did is recorded first."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from hotline.domain.errors import NotFound
from hotline.domain.ids import CallId
from hotline.services.ports import Account, Transaction

_STILL_TO_COME = timedelta(minutes=3)  # a recording is linked so long after its call at the latest


class State(StrEnum):
    """How far the words of a call's recording are."""

    WRITTEN = "written"
    WRITING = "writing"
    WAITING = "waiting"
    FAILED = "failed"
    OFF = "off"  # recordings are not written down here
    NOT_KEPT = "not_kept"  # nobody talked, nothing was recorded, or the file's time has run out


def of_call(tx: Transaction, account: Account, call_id: CallId, at: datetime) -> list[dict[str, Any]]:
    """The sentences, for the seat that had the call or a supervisor. Raises NotFound for everybody else."""
    call = tx.calls.get(call_id)
    mine = call is not None and account.seat is not None and call.seat == account.seat
    if call is None or not (mine or account.role == "supervisor"):
        raise NotFound("there is no transcript of this call for you")
    tx.views.add(at, account.id, call_id, "transcript", "own call" if mine else "supervision")
    return [
        {
            "source": line.source,
            "voice": line.voice,
            "began_ms": line.began_ms,
            "words": line.words,
            "model": line.model,
            "at": line.at.timestamp(),
        }
        for line in tx.transcripts.of_call(call_id)
    ]


def told_before(tx: Transaction, call_id: CallId) -> str:
    """What the caller told before a seat answered; for who has just been let read the rest."""
    call = tx.calls.get(call_id)
    return call.heard.words if call and call.heard else ""


def state_of(tx: Transaction, call_id: CallId, *, has_sound: bool, writes_down: bool, at: datetime) -> State:
    """Of the words of a call's recording; `has_sound`: its file is there, `writes_down`: somebody would."""
    progress = tx.transcripts.progress(call_id)
    if progress and progress.is_finished and not progress.problem:
        return State.WRITTEN
    if not has_sound:
        call = tx.calls.get(call_id)
        over = call is None or (call.ended_at is not None and at - call.ended_at > _STILL_TO_COME)
        linked = tx.recordings.get(call_id) is not None
        return State.NOT_KEPT if over or linked else State.WAITING
    if progress and progress.is_finished:
        return State.FAILED
    if not writes_down:
        return State.OFF
    return State.WRITING if progress else State.WAITING
