"""What was said in a call, for those who may read it: that they did is recorded first."""

from datetime import datetime
from typing import Any

from hotline.domain.errors import NotFound
from hotline.domain.ids import CallId
from hotline.services.ports import Account, Transaction


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
