"""The seven queues: one for each category (source A: six categories) and the general one."""

from hotline.domain.ids import QueueId

GENERAL = QueueId("general")
QUEUES: dict[QueueId, tuple[str, str]] = {
    GENERAL: ("综合", "General"),
    QueueId("living_security"): ("生活保障", "Living security"),
    QueueId("employment"): ("劳动就业", "Work and employment"),
    QueueId("production"): ("生产经营", "Production and business"),
    QueueId("planning"): ("规划建设", "Planning and construction"),
    QueueId("justice"): ("司法维权", "Justice and rights"),
    QueueId("other"): ("其他", "Other"),
}


def queue_or_general(value: str | None) -> QueueId:
    """The queue named, or the general one: a caller always has a queue."""
    return QueueId(value) if value in QUEUES else GENERAL
