"""Everything the hotline refuses to do, in four kinds; each message is one sentence that says what to do."""


class HotlineError(Exception):
    """Base of all expected failures; `str()` is fit to be shown to a user."""


class NotFound(HotlineError):
    """What was named does not exist, or not for who asks."""


class Conflict(HotlineError):
    """It was possible once, but something else happened first."""


class Invalid(HotlineError):
    """The input cannot mean anything here; nothing was changed."""


class Unavailable(HotlineError):
    """A part that is needed does not answer; trying again later may work."""


class IllegalTransition(Conflict):
    """A state machine was asked for a move that its table does not have."""

    def __init__(self, machine: str, origin: str, target: str) -> None:
        super().__init__(f"{machine}: {origin} cannot become {target}")
        self.origin = origin
        self.target = target
