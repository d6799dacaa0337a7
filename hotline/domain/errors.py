"""Everything the hotline refuses to do, in four kinds; each message is one sentence that says what to do."""


class HotlineError(Exception):
    """Base of all expected failures; `str()` is fit to be shown to a user.

    `reason` names the rule that refused, for screens that say it in another language; "" when none is named.
    """

    def __init__(self, message: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class NotFound(HotlineError):
    """What was named does not exist, or not for who asks."""


class Conflict(HotlineError):
    """It was possible once, but something else happened first."""


class Invalid(HotlineError):
    """The input cannot mean anything here; nothing was changed."""


class Unavailable(HotlineError):
    """A part that is needed does not answer; trying again later may work."""


class Contended(Unavailable):
    """Two wanted to change the same thing at the same moment; this one may try again at once."""


class IllegalTransition(Conflict):
    """A state machine was asked for a move that its table does not have."""

    def __init__(self, machine: str, origin: str, target: str) -> None:
        super().__init__(f"{machine}: {origin} cannot become {target}", "illegal")
        self.origin = origin
        self.target = target
