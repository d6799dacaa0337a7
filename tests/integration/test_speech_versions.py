"""A running speech process takes up another version of the categoriser, and keeps its own where the other is broken."""

import os
from pathlib import Path

from hotline.categoriser.school import TopicsSchool
from hotline.categoriser.versions import Pointer, VersionFolder
from tests.support.servers import RedisServer, wait_until
from tests.support.small_topics import lessons, small_topics, small_topics_text
from tests.support.speech_room import SpeechRoom, running_speech


def test_a_version_and_a_topics_file_are_taken_up_without_a_restart(
    shared_redis: RedisServer, tmp_path: Path
) -> None:
    topics, folder = tmp_path / "topics.toml", VersionFolder(tmp_path / "categoriser")
    topics.write_text(small_topics_text(), encoding="utf-8")

    def told(room: SpeechRoom, version: int, problem: str) -> None:
        def so() -> bool:
            found = room.alive().get("categoriser", {})
            same = problem in found.get("problem", "") and bool(problem) == bool(found.get("problem"))
            return same and found.get("version") == version

        wait_until(so, f"version {version}, {problem or 'no problem'}")

    with running_speech(shared_redis, tmp_path, HOTLINE_TOPICS_FILE=str(topics)) as room:
        pid = room.alive()["pid"]
        told(room, 0, "")
        school = TopicsSchool(small_topics, folder)
        school.put_in_force(1, school.teach(1, lessons()))
        told(room, 1, "")
        folder.put_in_force(Pointer(2, "0" * 64))
        told(room, 1, "version 2 cannot be read: No such file or directory; version 1 stays in force")
        folder.put_in_force(None)
        told(room, 0, "")
        topics.write_text(small_topics_text() + "[[topic]]\n", encoding="utf-8")
        told(room, 0, "'id' must be letters, digits and underscores")
        topics.write_text(small_topics_text(), encoding="utf-8")
        os.utime(topics, (2_000_000_000, 2_000_000_000))
        told(room, 0, "")
        assert room.alive()["pid"] == pid
