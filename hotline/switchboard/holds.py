"""When a seat last put its caller on hold or took him off: what Asterisk answered before that is no news."""

from dataclasses import replace
from datetime import datetime

from hotline.domain import facts
from hotline.domain.ids import CallId
from hotline.services.reconcile import LiveState


class Holds:
    """A call keeps when its hold began, and not when it ended: that is remembered here, while it lasts."""

    def __init__(self) -> None:
        self._changed: dict[CallId, datetime] = {}

    def saw(self, fact: facts.CallHeld | facts.CallUnheld) -> None:
        """Asterisk told of a hold or of its end."""
        self._changed[fact.call_id] = fact.at

    def forget(self, call_id: CallId) -> None:
        """The caller is gone."""
        self._changed.pop(call_id, None)

    def only_news(self, live: LiveState) -> LiveState:
        """Without the answers about calls whose hold changed while Asterisk was asked."""
        self._changed = {call_id: at for call_id, at in self._changed.items() if call_id in live.calls}
        calls = {
            call_id: replace(call, held=None) if self._is_newer(call_id, live.taken_at) else call
            for call_id, call in live.calls.items()
        }
        return replace(live, calls=calls)

    def _is_newer(self, call_id: CallId, taken_at: datetime) -> bool:
        return call_id in self._changed and self._changed[call_id] >= taken_at
