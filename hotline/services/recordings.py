"""Links a finished recording to its call, and lets it be heard by those who may, with a trace."""

from datetime import datetime

from hotline.domain.errors import NotFound
from hotline.domain.events import RecordingLinked
from hotline.domain.ids import AccountId, CallId
from hotline.services.ports import Account, Recording, Transaction
from hotline.services.ports_callbacks import Dial


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


def sound_of(dial: Dial) -> str:
    """The name of the file in which a callback is recorded."""
    return f"{dial.id}.wav"


def may_hear_callback(dial: Dial, account: AccountId | None, *, supervises: bool) -> bool:
    """Who made the call, and supervisors."""
    return supervises or (account is not None and dial.account == account)


def open_callback(tx: Transaction, account: Account, dial_id: str, at: datetime) -> str:
    """The file of a callback's sound, for who may hear it. Is recorded. Raises NotFound."""
    dial, supervises = tx.callbacks.get(dial_id), account.role == "supervisor"
    if dial is None or not dial.answered_at or not may_hear_callback(dial, account.id, supervises=supervises):
        raise NotFound("there is no recording of this callback for you")
    why = "own callback" if dial.account == account.id else "supervision"
    tx.views.add(at, account.id, dial.missed, "recording", why, ticket=dial.ticket)
    return sound_of(dial)
