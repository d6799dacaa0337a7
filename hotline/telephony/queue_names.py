"""What Asterisk calls our queues: it keeps the name `general` for itself, so all of them carry a prefix."""

from hotline.domain.ids import QueueId
from hotline.domain.queues import QUEUES

PREFIX = "q_"


def to_pbx(queue: QueueId) -> str:
    """Asterisk's name of one of our queues."""
    return PREFIX + queue


def from_pbx(name: str) -> QueueId | None:
    """Our queue with that name in Asterisk, None when it is none of ours."""
    queue = QueueId(name.removeprefix(PREFIX))
    return queue if name.startswith(PREFIX) and queue in QUEUES else None
