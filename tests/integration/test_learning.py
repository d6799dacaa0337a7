"""Versions of the categoriser on both databases: training, going live and rolling back for real."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hotline.categoriser.school import TopicsSchool
from hotline.categoriser.versions import VersionFolder
from hotline.domain.errors import Conflict, Invalid, NotFound
from hotline.domain.ids import CallId
from hotline.domain.learning import ENOUGH, LEAST_HELD_BACK, Lesson, is_held_back
from hotline.domain.topics import Topics
from hotline.services import learning
from hotline.storage.sql import SqlStorage
from tests.support.choices import keep, keep_enough
from tests.support.small_topics import T0, call_id, enough_lessons, small_topics


@pytest.fixture
def clock() -> Callable[[], datetime]:
    ticks = iter(range(1_000_000))
    return lambda: T0 + timedelta(seconds=next(ticks))


PLACES = ("在东街", "在西街", "在南街", "在北街")


@pytest.fixture
def school(tmp_path: Path) -> TopicsSchool:
    return TopicsSchool(small_topics, VersionFolder(tmp_path / "categoriser"))


def test_the_first_version_is_of_the_topics_file_the_next_of_what_seats_chose(
    storage: SqlStorage, school: TopicsSchool, clock: Callable[[], datetime], tmp_path: Path
) -> None:
    print_ = school.fingerprint()
    assert learning.why_train(storage, print_) == "there is no version yet"
    one = learning.train(storage, school, clock)
    assert (one.number, one.lessons, one.in_force) == (1, 0, False), "measured on too little"
    assert learning.why_train(storage, print_) is None
    assert learning.why_train(storage, "another") == "the topics file has changed"
    keep_enough(storage)
    two = learning.train(storage, school, clock)
    held_back = sum(is_held_back(lesson.call_id) for lesson in enough_lessons())
    learned_from = len(enough_lessons()) - held_back
    assert (two.number, two.lessons, two.held_back) == (2, learned_from, held_back)
    assert held_back > LEAST_HELD_BACK
    assert two.in_force and two.marks.first > two.marks_of_live.first
    with storage.reading() as tx:
        assert [(v.number, v.in_force) for v in tx.learning.versions()] == [(1, False), (2, True)]
        assert tx.learning.versions()[1] == two
    live = VersionFolder(tmp_path / "categoriser").live()
    assert live and (live.version, live.sha256) == (2, two.sha256)


def test_enough_new_choices_are_a_reason(
    storage: SqlStorage, school: TopicsSchool, clock: Callable[[], datetime]
) -> None:
    learning.train(storage, school, clock)
    for number in range(ENOUGH):
        assert learning.why_train(storage, school.fingerprint()) is None
        keep(storage, Lesson(call_id(number), "停水", "water"))
    assert learning.why_train(storage, school.fingerprint()) == f"{ENOUGH} new choices"


def test_with_too_few_calls_held_back_a_version_is_kept_and_does_not_go_live(
    storage: SqlStorage, school: TopicsSchool, clock: Callable[[], datetime], tmp_path: Path
) -> None:
    for lesson in enough_lessons():
        if not is_held_back(lesson.call_id):
            keep(storage, lesson)
    one = learning.train(storage, school, clock)
    assert (one.marks.count, one.in_force) == (8, False)
    assert learning.why_kept(one) == "8 held back are too few to be judged by; 30 are enough"
    held_back = [lesson for lesson in enough_lessons() if is_held_back(lesson.call_id)]
    for lesson in held_back[: LEAST_HELD_BACK - 1]:
        keep(storage, lesson)
    two = learning.train(storage, school, clock)
    assert two.marks.first > two.marks_of_live.first and not two.in_force, "however much better"
    assert VersionFolder(tmp_path / "categoriser").live() is None
    keep(storage, held_back[LEAST_HELD_BACK - 1])
    assert learning.train(storage, school, clock).in_force


def test_the_first_version_goes_live_by_examples_that_it_was_not_told(
    storage: SqlStorage, clock: Callable[[], datetime], tmp_path: Path
) -> None:
    topics = small_topics()
    told = tuple(
        replace(t, examples=tuple(f"{place}{e}" for place in ("", *PLACES) for e in t.examples))
        for t in topics.topics
    )
    school = TopicsSchool(lambda: replace(topics, topics=told), VersionFolder(tmp_path / "categoriser"))
    one = learning.train(storage, school, clock)
    assert one.in_force and one.by_examples and one.marks.count >= LEAST_HELD_BACK
    assert one.marks.first >= one.marks_of_live.first
    assert learning.roll_back(storage, school, clock()) == 0
    two = learning.train(storage, school, clock)
    assert not two.in_force and learning.why_kept(two).startswith("0 held back are too few"), (
        "a person went back from such a version"
    )


def test_what_a_person_went_back_to_is_what_the_next_training_is_measured_against(
    storage: SqlStorage, school: TopicsSchool, clock: Callable[[], datetime]
) -> None:
    keep_enough(storage)
    learning.train(storage, school, clock)
    learning.use_rules_only(storage, school, clock())
    for lesson in enough_lessons():  # the file knows these; from here on nonsense is learned
        said = "停水" if lesson.topic == "water" else "路灯"
        keep(storage, replace(lesson, words=said), chosen="" if is_held_back(lesson.call_id) else "noise")
    bad = learning.train(storage, school, clock)
    assert bad.marks_of_live.first == 1.0 and bad.marks.first < 1.0
    assert not bad.in_force and learning.why_kept(bad).startswith("worse than")
    with storage.reading() as tx:
        assert not any(version.in_force for version in tx.learning.versions()), (
            "the topics file alone still is"
        )
    for lesson in enough_lessons():
        keep(storage, lesson)
    good = learning.train(storage, school, clock)
    assert good.in_force and good.marks.first >= good.marks_of_live.first
    learning.use(storage, school, bad.number, clock())
    assert learning.roll_back(storage, school, clock()) == good.number
    assert learning.train(storage, school, clock).marks_of_live == good.marks, "measured against it again"


def test_a_worse_version_is_kept_but_does_not_go_live(
    storage: SqlStorage, school: TopicsSchool, clock: Callable[[], datetime], tmp_path: Path
) -> None:
    keep_enough(storage)
    good = learning.train(storage, school, clock)
    for (
        lesson
    ) in enough_lessons():  # what may be learned from turns into nonsense, what is held back stays right
        if not is_held_back(lesson.call_id):
            keep(storage, lesson, chosen="noise")
    bad = learning.train(storage, school, clock)
    assert bad.marks.first < bad.marks_of_live.first and not bad.in_force and bad.in_force_at is None
    live = VersionFolder(tmp_path / "categoriser").live()
    assert live and live.version == good.number
    assert learning.use(storage, school, bad.number, clock()).in_force, "a person may still want it"
    assert learning.roll_back(storage, school, clock()) == good.number
    assert learning.roll_back(storage, school, clock()) == 0
    with pytest.raises(Conflict, match="nothing to roll back"):
        learning.roll_back(storage, school, clock())
    assert VersionFolder(tmp_path / "categoriser").live() is None


def test_a_rollback_never_lands_on_a_version_that_was_rejected(
    storage: SqlStorage, school: TopicsSchool, clock: Callable[[], datetime]
) -> None:
    keep_enough(storage)
    for _ in range(2):
        learning.train(storage, school, clock)
    assert learning.roll_back(storage, school, clock()) == 1
    assert learning.train(storage, school, clock).lessons
    assert learning.roll_back(storage, school, clock()) == 1, (
        "in force before the third; the second is rejected"
    )
    assert learning.roll_back(storage, school, clock()) == 0
    for number in (2, 3, 1):
        learning.use(storage, school, number, clock())
    assert [learning.roll_back(storage, school, clock()) for _ in range(3)] == [3, 2, 0], "back by time"


def test_a_topics_file_that_is_edited_while_it_is_learned_is_learned_again(
    storage: SqlStorage, clock: Callable[[], datetime], tmp_path: Path
) -> None:
    topics = [small_topics()]

    class Edited(TopicsSchool):
        def teach(self, number: int, lessons: Sequence[Lesson]) -> str:
            sha256 = super().teach(number, lessons)
            topics[0] = replace(topics[0], topics=topics[0].topics[:3])
            return sha256

    school = Edited(lambda: topics[0], VersionFolder(tmp_path / "categoriser"))
    learning.train(storage, school, clock)
    assert learning.why_train(storage, school.fingerprint()) == "the topics file has changed"


@pytest.mark.parametrize("live", [1, 2])
def test_who_changes_the_version_in_force_while_another_is_made_has_his_way(
    storage: SqlStorage, school: TopicsSchool, clock: Callable[[], datetime], live: int
) -> None:
    keep_enough(storage)
    for _ in range(2):
        learning.train(storage, school, clock)

    class Slow(TopicsSchool):
        def teach(self, number: int, lessons: Sequence[Lesson]) -> str:
            learning.use(storage, school, live, clock())
            return super().teach(number, lessons)

    made = learning.train(storage, Slow(small_topics, school._folder), clock)
    with storage.reading() as tx:
        in_force = [version.number for version in tx.learning.versions() if version.in_force]
    assert (made.number, made.in_force, in_force) == ((3, False, [1]) if live == 1 else (3, True, [3]))


def test_a_version_that_does_not_load_comes_into_force_nowhere(
    storage: SqlStorage, school: TopicsSchool, clock: Callable[[], datetime], tmp_path: Path
) -> None:
    keep_enough(storage)
    for _ in range(2):
        learning.train(storage, school, clock)
    file_of(tmp_path, 1).write_bytes(b"half")
    with pytest.raises(Invalid, match="its hash differs"):
        learning.use(storage, school, 1, clock())
    with pytest.raises(NotFound, match="no version 7"):
        learning.use(storage, school, 7, clock())
    with storage.reading() as tx:
        assert [v.number for v in tx.learning.versions() if v.in_force] == [2]
    file_of(tmp_path, 2).unlink()
    assert learning.train(storage, school, clock).in_force, "measured against the topics file alone"


def file_of(folder: Path, number: int) -> Path:
    [path] = (folder / "categoriser" / str(number)).iterdir()
    return path


def test_two_trainings_at_once_make_one_version(
    storage: SqlStorage, school: TopicsSchool, clock: Callable[[], datetime]
) -> None:
    class Slow(TopicsSchool):
        def teach(self, number: int, lessons: object) -> str:
            learning.train(storage, school, clock)
            return super().teach(number, [Lesson(call_id(1), "停水", "noise")])

    slow = Slow(small_topics, school._folder)
    with pytest.raises(Conflict, match="another training"):
        learning.train(storage, slow, clock)
    with storage.reading() as tx:
        [version] = tx.learning.versions()
    assert school.mark(1, version.sha256, ()).count == 0, "the other one's file was not written over"


def test_a_topics_file_without_topics_to_tell_apart(
    storage: SqlStorage, clock: Callable[[], datetime], tmp_path: Path
) -> None:
    one = replace(small_topics(), topics=small_topics().topics[:1])
    for topics in (Topics(), one):
        with pytest.raises(Invalid):
            learning.train(storage, TopicsSchool(lambda t=topics: t, VersionFolder(tmp_path)), clock)  # type: ignore[misc]
    with storage.reading() as tx:
        assert tx.learning.versions() == []


def test_any_words_can_be_learned_from(
    storage: SqlStorage, school: TopicsSchool, clock: Callable[[], datetime]
) -> None:
    for number, words in enumerate(
        ("😀😀", "hello WORLD 123", "。。。", "嗯" * 8_000, "\u200b", "'; drop table calls")
    ):
        keep(
            storage,
            Lesson(CallId(call_id(number)), words, "water"),
            chosen="no_longer_a_topic" if number == 1 else "",
        )
    assert learning.train(storage, school, clock).lessons
