"""What Asterisk calls our queues: one line in which all wait, and in its records each queue with a prefix.

Asterisk keeps the name `general` for itself. All seats serve all queues, and `app_queue` knows no order
between callers of several queues: so everybody waits in one of its queues, and ours is a mark on the call.
"""

from hotline.domain.ids import QueueId
from hotline.domain.queues import GENERAL, QUEUES

PREFIX = "q_"


def to_pbx(queue: QueueId) -> str:
    """How one of our queues is written in Asterisk's records."""
    return PREFIX + queue


def from_pbx(name: str) -> QueueId | None:
    """Our queue with that name in Asterisk's records, None when it is none of ours."""
    queue = QueueId(name.removeprefix(PREFIX))
    return queue if name.startswith(PREFIX) and queue in QUEUES else None


# The name of the queue in which everybody waits. Members are kept under it over a restart of Asterisk.
LINE = to_pbx(GENERAL)
FRONT = 10  # the priority in it of emergencies, as the dialplan's QUEUE_PRIO
