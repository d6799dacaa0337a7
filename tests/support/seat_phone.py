"""A seat with a voice: a plain SIP telephone that registers, answers, hums a tone and keeps what it hears."""

import asyncio
import threading
from array import array
from typing import Any, Self

from hotline.telephony import g711
from hotline.telephony.citizen_rtp import VoicePort
from hotline.telephony.sip_message import Voice, voice_of
from tests.support.patience import PATIENCE_S
from tests.support.pbx import Pbx
from tests.support.short_prompts import tone
from tests.support.sip_peer import Dialog, SipPeer


class _Telephone(SipPeer):
    """Says its true sound port, and sends sound where the INVITE wants it."""

    port_of_sound = 0
    voice: VoicePort

    def _sdp(self, direction: str = "sendrecv") -> str:
        return super()._sdp(direction).replace(f"m=audio {self.port + 1} ", f"m=audio {self.port_of_sound} ")

    def answer(self, dialog: Dialog) -> None:
        if dialog.invite:
            heard: Voice = voice_of(dialog.invite.body, (g711.PCMU,))
            self.voice.connect(heard)
        super().answer(dialog)


class SeatPhone:
    """Runs in a thread of its own. `hertz` is its voice."""

    def __init__(
        self, pbx: Pbx, user: str, hertz: float = 800.0, answer_after: float | None = 0.2, **more: Any
    ) -> None:
        self.user = user
        self.heard: list[bytes] = []
        self._secret = more.pop("secret", "") or pbx.secret_of(user)
        self._pbx, self._hertz = pbx, hertz
        self._peer = _Telephone(user, answer_after, **more)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, name=user, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def run(self, work: Any) -> Any:
        """Do something in the telephone's own thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(40)

    async def _open(self) -> None:
        await self._peer.open("127.0.0.1")
        self._voice = await VoicePort.open(
            "127.0.0.1", lambda payload, _kind, _at: self.heard.append(payload)
        )
        self._peer.voice, self._peer.port_of_sound = self._voice, self._voice.port
        self._voice.say(tone(self._hertz, 30))
        self._pacing = asyncio.create_task(self._voice.pace())
        response = await self._peer.register(self._secret, self._pbx.sip)
        assert response.status == 200, response.start

    async def _close(self) -> None:
        self._pacing.cancel()
        for dialog in list(self._peer.dialogs.values()):
            if dialog.invite and dialog.answered.is_set() and not dialog.ended.is_set():
                await self._peer.bye(dialog)
        self._voice.close()
        self._peer.close()

    @property
    def calls(self) -> list[Dialog]:
        """The calls that reached this seat, oldest first."""
        return [dialog for dialog in list(self._peer.dialogs.values()) if dialog.invite]

    def rings(self, within_s: float = PATIENCE_S) -> Dialog:
        """The next call."""

        async def wait() -> Dialog:
            async with asyncio.timeout(within_s):
                return await self._peer.invited.get()

        dialog: Dialog = self.run(wait())
        return dialog

    def hang_up(self, dialog: Dialog) -> None:
        self.run(self._peer.bye(dialog))

    def call(self, number: str) -> int:
        """Dial out; the status of the answer."""

        async def dial() -> int:
            try:
                await self._peer.call(number, self._pbx.sip)
            except ConnectionError as refused:
                return int(str(refused).split()[-1])
            return 200

        status: int = self.run(dial())
        return status

    def sound(self) -> "array[int]":
        return g711.decode(b"".join(self.heard), g711.PCMU)
