"""Links a finished recording to its call, and lets it be heard by those who may, with a trace."""

from datetime import datetime

from hotline.domain.errors import NotFound
from hotline.domain.events import RecordingLinked
from hotline.domain.ids import CallId
from hotline.services.ports import Account, Recording, Transaction


def link(tx: Transaction, recording: Recording) -> bool:
    """Remember the recording of a call; False when it already was or the call is unknown."""
    call = tx.calls.get(recording.call_id)
    if call is None or tx.recordings.get(recording.call_id):
        return False
    tx.recordings.add(recording)
    tx.outbox.add([RecordingLinked(at=recording.linked_at, call_id=call.id, seat=call.seat)])
    return True


def open_for(tx: Transaction, account: Account, call_id: CallId, at: datetime) -> Recording:
    """The recording, if `account` may hear it: the seat that had the call, or a supervisor. Is recorded."""
    call, recording = tx.calls.get(call_id), tx.recordings.get(call_id)
    mine = call is not None and account.seat is not None and call.seat == account.seat
    if call is None or recording is None or not (mine or account.role == "supervisor"):
        raise NotFound("there is no recording of this call for you")
    tx.views.add(at, account.id, call_id, "recording", "own call" if mine else "supervision")
    return recording
