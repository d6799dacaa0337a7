"""Reads the topics file that the settings name, and again when it changes; a wrong one changes nothing."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hotline.domain.ids import QueueId
from hotline.domain.topics import MAX_FILE, Topics, parse_topics
from hotline.watched_file import WatchedFile, text_of


def load_topics(path: Path) -> Topics:
    """Raises Invalid in one line, whether the file cannot be read or is wrong inside."""
    return parse_topics(text_of(path, "topics", MAX_FILE), path.name)


class WatchedTopics(WatchedFile[Topics]):
    """Implements TopicList on the newest topics file that was right."""

    what, most = "topics", MAX_FILE

    def __init__(
        self,
        path: Path,
        kept: Path,
        *,
        may_be_empty: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(path, kept, empty=Topics() if may_be_empty else None, clock=clock)

    def parse(self, text: str, name: str) -> Topics:
        return parse_topics(text, name)

    def count(self, found: Topics) -> int:
        return len(found.topics)

    def ids(self) -> frozenset[str]:
        return self.newest.ids()

    def queue_of(self, topic: str) -> QueueId:
        return self.newest.queue_of(topic)

    def as_view(self) -> list[dict[str, Any]]:
        return self.newest.as_view()
