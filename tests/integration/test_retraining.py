"""The night's training: begun once, in a process of its own, only when there is something to learn."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline.categoriser.school import TopicsSchool
from hotline.categoriser.versions import VersionFolder
from hotline.retraining import FIRST_AFTER, LONGEST, Retraining
from hotline.services import learning
from hotline.storage.sql import SqlStorage, migrate
from tests.support.servers import wait_until
from tests.support.small_topics import small_topics

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)  # half past two of the third in the city


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SqlStorage]:
    migrate(url := f"sqlite:///{tmp_path}/hotline.db")
    opened = SqlStorage.open(url)
    yield opened
    opened.close()


class Runs:
    """Counts the trainings by the lines they leave."""

    def __init__(self, storage: SqlStorage, folder: Path, ending: str = "") -> None:
        self.file = folder / "runs"
        code = f"open({str(self.file)!r}, 'a').write('x'); {ending}"
        self.job = Retraining(storage, lambda: small_topics().fingerprint(), (sys.executable, "-c", code))

    @property
    def count(self) -> int:
        return len(self.file.read_text()) if self.file.exists() else 0

    def ended(self, now: datetime) -> bool:
        self.job.retrain(now)
        return self.job._running is None


def test_the_first_version_is_made_soon_after_the_start(storage: SqlStorage, tmp_path: Path) -> None:
    runs = Runs(storage, tmp_path)
    runs.job.retrain(NOON)
    runs.job.retrain(NOON + FIRST_AFTER / 2)
    assert runs.job._running is None
    runs.job.retrain(NOON + FIRST_AFTER)
    wait_until(lambda: runs.ended(NOON + FIRST_AFTER), "the training ends")
    assert runs.ended(NOON + FIRST_AFTER * 2) and runs.count == 1


def test_at_night_once_and_only_with_something_new(storage: SqlStorage, tmp_path: Path) -> None:
    runs = Runs(storage, tmp_path)
    runs.job.retrain(NIGHT)
    wait_until(lambda: runs.ended(NIGHT), "the training ends")
    assert runs.ended(NIGHT + timedelta(minutes=30)) and runs.count == 1
    school = TopicsSchool(small_topics, VersionFolder(tmp_path / "categoriser"))
    learning.train(storage, school, lambda: NIGHT)
    assert runs.ended(NIGHT + timedelta(days=1)), "nothing new: nothing is begun"
    assert runs.count == 1


def test_a_training_that_fails_or_never_ends_is_told_and_given_up(
    storage: SqlStorage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runs = Runs(storage, tmp_path, "raise SystemExit('no luck')")
    runs.job.retrain(NIGHT)
    wait_until(lambda: runs.ended(NIGHT), "the training ends")
    assert "ended with 1: no luck" in caplog.text
    hung = Runs(storage, tmp_path, "import time; time.sleep(600)")
    hung.job.retrain(NIGHT)
    assert not hung.ended(NIGHT + LONGEST / 2)
    assert hung.ended(NIGHT + LONGEST)
    again = Runs(storage, tmp_path, "import time; time.sleep(600)")
    again.job.retrain(NIGHT)
    again.job.close()
    assert again.job._running is None
