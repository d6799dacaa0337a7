"""One conversation with Asterisk over AGI: pyst2's commands, without its traps."""

from typing import Any, Protocol

from asterisk.agi import AGI, AGIException, AGIHangup, AGIUnknownError

from hotline.domain.errors import HotlineError, Invalid, Unavailable
from hotline.telephony.safe import safe_value

MAX_ENVIRONMENT_LINES = 128
MAX_ENVIRONMENT = 32 * 1024
HANGUP_LINE = "HANGUP"  # FastAGI's word for it; a plain AGI program gets a signal
DEAD_CHANNEL = 511


class CallerHungUp(HotlineError):
    """The caller is gone, or Asterisk is: there is nobody left to do anything for."""


class Line(Protocol):
    """A way to Asterisk. `readline` returns "" at the end of file and bounds length and time itself."""

    def readline(self) -> str: ...
    def write(self, text: str) -> None: ...
    def flush(self) -> None: ...


class _Nowhere:
    """pyst2 tells every line of a conversation, the caller's number too; nobody shall hear it."""

    def write(self, text: str) -> None:
        pass


class _Answers:
    """What Asterisk says, with the two ways a call ends in the middle made one."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def readline(self) -> str:
        text = self._line.readline()
        if text == "" or text.strip() == HANGUP_LINE:
            raise CallerHungUp("the caller hung up")
        return text


class AgiSession(AGI):  # type: ignore[misc]
    """pyst2's AGI for one call.

    Its constructor is not called: it installs a signal handler for the whole process, which only the main
    thread may. A hang-up is CallerHungUp; whatever else Asterisk refuses is Unavailable.
    """

    def __init__(self, line: Line) -> None:
        self.stdin = _Answers(line)
        self.stdout = line
        self.stderr = _Nowhere()
        self._got_sighup = False
        self.env: dict[str, str] = {}
        self._get_agi_env()

    def _get_agi_env(self) -> None:
        size = 0
        for _ in range(MAX_ENVIRONMENT_LINES):
            line = self.stdin.readline()
            size += len(line)
            if line.strip() == "":
                break
            key, colon, value = line.partition(":")
            if not (key.startswith("agi_") and colon):
                raise Invalid("this is not AGI")
            if size > MAX_ENVIRONMENT:
                raise Invalid("the description of the call is too long")
            self.env[key] = value.strip()
        else:
            raise Invalid("the description of the call has too many lines")
        if not self.env:
            raise Invalid("this is not AGI")

    def _quote(self, string: Any) -> str:
        return f'"{safe_value(str(string))}"'

    def execute(self, command: str, *args: Any) -> dict[str, tuple[str, str]]:
        """Send one command; the answer as pyst2 reads it."""
        if not all(str(part).isprintable() for part in (command, *args)):
            raise Invalid("an AGI command is one line")
        try:
            self.send_command(command, *args)
            answer: dict[str, tuple[str, str]] = self.get_result()
            return answer
        except AGIUnknownError as problem:
            if problem.args[:1] == (DEAD_CHANNEL,):
                raise CallerHungUp("the caller hung up") from None
            raise Unavailable("Asterisk's answer is none") from None
        except AGIHangup:
            raise CallerHungUp("the caller hung up") from None
        except (AGIException, ValueError):
            raise Unavailable("Asterisk refused an AGI command") from None

    def get_variable(self, name: str) -> str:
        """The variable's value, "" when it is not set."""
        return self.execute("GET VARIABLE", self._quote(name))["result"][1]
