"""How long a call is listened to."""

from enum import StrEnum


class Mode(StrEnum):
    """Until its sentence is over, or on and on until somebody hangs up."""

    SENTENCE = "1"
    ON = "on"
