"""One connection to Asterisk's manager interface: bytes to messages, actions to their answers."""

import asyncio
import codecs
import logging
from collections.abc import Callable

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from hotline.domain.errors import Invalid, Unavailable
from hotline.log_lines import kind_and_place

log = logging.getLogger(__name__)

END = "\r\n\r\n"
MAX_MESSAGE = 256 * 1024  # characters; the longest true one, a channel's variables, has some thousands
MAX_LISTED = 20_000  # messages in one answer
MAX_VALUE = 4096
REFUSED = ("error", "fail", "failure")


class AskedAction(Action):  # type: ignore[misc]
    """An action and its answer; `listing` says that the answer is a list that Asterisk ends itself.

    panoramisk guesses this from the answer's English sentence: "Added interface to queue" makes it wait for
    a list that never comes, and a refused list for its end.
    """

    def __init__(self, fields: dict[str, str], listing: bool) -> None:
        super().__init__({key: value for key, value in fields.items() if key.lower() != "actionid"})
        self.listing = listing

    def add_message(self, message: Message) -> bool:
        """Take one message of the answer; True when it is complete."""
        self.responses.append(message)
        refused = str(message.response).lower() in REFUSED
        ended = str(message.eventlist).lower() in ("complete", "cancelled")
        if self.listing and not refused and not ended and len(self.responses) < MAX_LISTED:
            return False
        if not self.future.done():
            self.future.set_result(list(self.responses))
        return True


def checked(fields: dict[str, str]) -> dict[str, str]:
    """The fields of an action, or Invalid: a line end in a value would be a header, or an action."""
    for key, value in fields.items():
        if not isinstance(value, str) or len(value) > MAX_VALUE:
            raise Invalid(f"the value of {key!r} is not a text of {MAX_VALUE} characters at most")
        if not key or any(not sign.isprintable() or sign == ":" for sign in key):
            raise Invalid("an action's key must be one word")
        if any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
            raise Invalid(f"the value of {key!r} has a control character")
    return dict(fields)


class Connection(AMIProtocol):  # type: ignore[misc]
    """panoramisk's protocol, with whole characters, a limit, and unanswered actions told so.

    It does not reconnect and repeats nothing: `on_message` gets what is nobody's answer, `on_closed` is
    called once.
    """

    def __init__(self, on_message: Callable[[Message], None], on_closed: Callable[[], None]) -> None:
        self.on_message = on_message
        self.on_closed = on_closed
        self.closed = False
        self.encoding = "utf-8"
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.buffer = ""
        self.banner = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        """A character cut in two by TCP is put together again; panoramisk loses it."""
        self.buffer += self.decoder.decode(data)
        if not self.banner.done() and not self._take_banner():
            return
        *complete, self.buffer = self.buffer.split(END)
        for text in complete:
            if len(text) <= MAX_MESSAGE:
                self._take(text)
            else:
                log.warning("a message from Asterisk of %d characters was ignored", len(text))
        if len(self.buffer) > MAX_MESSAGE:
            log.error("Asterisk sent %d characters without end: closing the link", len(self.buffer))
            self.transport.abort()

    def _take_banner(self) -> bool:
        first, end, rest = self.buffer.partition("\r\n")
        if not end and len(first) < 200:
            return False
        if not end or not first.startswith("Asterisk Call Manager/"):
            log.error("what answers on the AMI port is not Asterisk: closing the link")
            self.transport.abort()
            return False
        self.buffer = rest
        self.banner.set_result(first.partition("/")[2])
        return True

    def _take(self, text: str) -> None:
        """Never raises: an exception here would close the connection and lose the rest of the batch."""
        try:
            message = Message.from_line(text.lstrip("\r\n"))
            if message is not None:
                self.handle_message(message)
        except Exception as problem:
            log.error("a message from Asterisk could not be read: %s", kind_and_place(problem))

    def handle_message(self, message: Message) -> None:
        asked = self.responses.get(message.action_id) if isinstance(message.action_id, str) else None
        if asked is None:
            if "event" in message:
                self.on_message(message)
            return
        if asked.add_message(message):
            self.responses.pop(asked.id, None)

    async def ask(self, fields: dict[str, str], timeout_s: float, listing: bool = False) -> list[Message]:
        """Send one action, once. Raises Invalid, or Unavailable when no answer came: then nobody knows
        whether it was done.
        """
        action = AskedAction(checked(fields), listing)
        name = fields.get("Action", "?")
        if self.closed:
            raise Unavailable("Asterisk is not reachable: nothing was sent", "asterisk_away")
        self.responses[action.id] = action
        self.transport.write(str(action).encode(self.encoding))
        try:
            async with asyncio.timeout(timeout_s):
                return list(await action.future)
        except TimeoutError:
            raise Unavailable(f"outcome unknown: Asterisk did not answer {name} in {timeout_s:g} s") from None
        finally:
            self.responses.pop(action.id, None)

    def eof_received(self) -> None:
        """The other side is done; so is the connection."""

    def connection_lost(self, exc: Exception | None) -> None:
        self.close()

    def close(self) -> None:
        """Tell everyone who waits for an answer that it will not come."""
        if self.closed:
            return
        self.closed = True
        self.transport.abort()
        if not self.banner.done():
            self.banner.set_result("")
        for action in self.responses.values():
            if not action.future.done():
                action.future.set_exception(
                    Unavailable("outcome unknown: the link to Asterisk broke before the answer")
                )
        self.responses.clear()
        self.on_closed()
