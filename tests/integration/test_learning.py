"""Choices, versions and their figures on both databases; training, going live and rolling back for real."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline.categoriser.school import TopicsSchool
from hotline.categoriser.versions import VersionFolder
from hotline.domain.call import Call, CallState
from hotline.domain.errors import Conflict, Invalid, NotFound
from hotline.domain.heard import Heard, Reason, Suggestion
from hotline.domain.ids import CallId
from hotline.domain.learning import ENOUGH, LEAST_HELD_BACK, Lesson, Shown, is_held_back
from hotline.domain.topics import Topics
from hotline.services import learning
from hotline.services.ports_learning import MissesWanted
from hotline.storage.sql import SqlStorage
from tests.support.small_topics import T0, call_id, enough_lessons, lessons, small_topics

MONDAY = T0.date()


def suggested(*topics: str) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(category="other", topic=t, name=t, score=0.8 - n / 10) for n, t in enumerate(topics)
    )


def keep(
    storage: SqlStorage,
    lesson: Lesson,
    *topics: str,
    at: datetime = T0,
    chosen: str = "",
    version: int = 0,
    shown: Shown | None = None,
) -> None:
    """A call that was heard, and what its seat chose."""
    heard = Heard(
        call_id=lesson.call_id,
        words=lesson.words,
        final=True,
        reason=Reason.ENDPOINT,
        at=at.timestamp(),
        heard_ms=2_000,
        suggestions=suggested(*topics),
        categoriser=version,
    )
    with storage.writing() as tx:
        ended = Call(id=lesson.call_id, arrived_at=at, line="12341", heard=heard)
        ended.state, ended.ended_at = CallState.ENDED, at
        tx.calls.save(ended)
        learning.note_choice(tx, lesson.call_id, chosen or lesson.topic, at, shown)


@pytest.fixture
def clock() -> Callable[[], datetime]:
    ticks = iter(range(1_000_000))
    return lambda: T0 + timedelta(seconds=next(ticks))


@pytest.fixture
def school(tmp_path: Path) -> TopicsSchool:
    return TopicsSchool(small_topics, VersionFolder(tmp_path / "categoriser"))


def test_a_choice_is_kept_once_with_its_rank(storage: SqlStorage) -> None:
    first, second, third = lessons()[:3]
    keep(storage, first, "water", "lamp")
    keep(storage, second, "lamp", "water")
    keep(storage, second, "lamp", "noise", "water", chosen="heating")
    keep(storage, third)
    keep(storage, Lesson(call_id(90), "", "water"))
    with storage.writing() as tx:
        learning.note_choice(tx, call_id(99), "water", T0, None)
        assert tx.learning.count() == 3, "without words, or without a call, there is nothing to learn"
        assert [(lesson.words, lesson.topic) for lesson in tx.learning.lessons(10)][-1] == (
            first.words,
            "water",
        )
        assert len(tx.learning.lessons(2)) == 2
        [tally] = tx.learning.tallies(MONDAY, MONDAY + timedelta(days=7))["all"]
        assert (tally.count, tally.first, tally.first_three, tally.not_understood) == (3, 1, 1, 1)
        assert tally.promised == pytest.approx(1.6)


def test_what_was_shown_counts_whatever_the_first_sentence_was(storage: SqlStorage) -> None:
    """Of a talk that was heard on: a first sentence that was empty or about something else decides nothing."""
    for number, (first, topics) in enumerate((("", ()), ("停水", ("water",)))):
        shown = Shown(words="黑咕隆咚看不见路", version=4, suggested=("lamp", "water"), score=0.5)
        keep(storage, Lesson(call_id(number), first, "lamp"), *topics, shown=shown, version=1)
    with storage.reading() as tx:
        assert tx.learning.lessons(9) == [
            Lesson(call_id(number), "黑咕隆咚看不见路", "lamp") for number in (1, 0)
        ]
        [tally] = tx.learning.tallies(MONDAY, MONDAY + timedelta(days=7))["version"]
        assert (tally.name, tally.count, tally.first, tally.promised) == ("4", 2, 2, 1.0)


def test_figures_by_topic_week_and_version(storage: SqlStorage) -> None:
    for number, lesson in enumerate(lessons(12)):
        when = T0 + timedelta(days=7 * (number % 3))
        keep(storage, lesson, "water", "lamp", at=when, version=number % 2)
    last_minute_of_sunday = datetime(2026, 3, 8, 15, 59, tzinfo=UTC)  # 23:59 in the city
    keep(storage, Lesson(call_id(50), "停水", "water"), "water", at=last_minute_of_sunday)
    keep(
        storage,
        Lesson(call_id(51), "停水", "water"),
        "water",
        at=last_minute_of_sunday + timedelta(minutes=1),
    )
    with storage.reading() as tx:
        found = tx.learning.tallies(MONDAY, MONDAY + timedelta(days=21))
        assert [(t.name, t.count) for t in found["week"]] == [
            ("2026-03-02", 5),
            ("2026-03-09", 5),
            ("2026-03-16", 4),
        ]
        assert {t.name for t in found["version"]} == {"0", "1"}
        assert {t.name: (t.count, t.first, t.first_three) for t in found["topic"]} == {
            "water": (8, 8, 8),
            "lamp": (6, 0, 6),
        }
        assert tx.learning.tallies(MONDAY + timedelta(days=70), MONDAY + timedelta(days=77))["all"] == []
        wrong = MissesWanted(since=MONDAY, until=MONDAY + timedelta(days=21), understood=True)
        misses = tx.learning.misses(wrong, 4)
        assert len(misses) == 4 and misses[0].at >= misses[-1].at
        assert misses[0].suggested == ("water", "lamp") and (misses[0].chosen, misses[0].rank) == ("lamp", 2)
        assert not misses[0].has_recording and misses[0].ticket_id is None
        assert tx.learning.misses(replace(wrong, topic="water"), 9) == []
        assert tx.learning.misses(replace(wrong, understood=False), 9) == []


def test_calls_that_were_wrong_are_narrowed_and_paged(storage: SqlStorage) -> None:
    for number, lesson in enumerate(lessons(24)):  # four at each moment: a page ends among equals
        when = T0 + timedelta(days=7 * (number % 3), seconds=number // 12)
        keep(storage, lesson, "noise", at=when, version=number % 2)
    wrong = MissesWanted(since=MONDAY, until=MONDAY + timedelta(days=21), understood=True)

    with storage.reading() as tx:

        def some(wanted: MissesWanted) -> list[CallId]:
            seen: list[CallId] = []
            while page := tx.learning.misses(wanted, 5):
                seen += [miss.call_id for miss in page]
                wanted = replace(wanted, after=(page[-1].at, page[-1].call_id))
            return seen

        everything = tx.learning.misses(wrong, 99)
        assert some(wrong) == [miss.call_id for miss in everything] and len(everything) == 24
        second_week = some(replace(wrong, week=MONDAY + timedelta(days=7)))
        assert sorted(second_week) == [call_id(number) for number in range(1, 24, 3)]
        of_both = some(replace(wrong, week=MONDAY + timedelta(days=7), version=1))
        assert sorted(of_both) == [call_id(number) for number in range(1, 24, 6)]
        assert some(replace(wrong, version=0, topic="lamp")) and not some(replace(wrong, version=7))


def keep_enough(storage: SqlStorage) -> None:
    """As many calls as a version may go live by."""
    for lesson in enough_lessons():
        keep(storage, lesson)


def test_the_first_version_is_of_the_topics_file_the_next_of_what_seats_chose(
    storage: SqlStorage, school: TopicsSchool, clock: Callable[[], datetime], tmp_path: Path
) -> None:
    print_ = school.fingerprint()
    assert learning.why_train(storage, print_) == "there is no version yet"
    one = learning.train(storage, school, clock)
    assert (one.number, one.lessons, one.in_force) == (1, 0, False), "nothing was measured"
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
    assert (one.marks.count, one.in_force) == (0, False)
    assert learning.why_kept(one) == "0 calls held back are too few to be judged by; 30 are enough"
    held_back = [lesson for lesson in enough_lessons() if is_held_back(lesson.call_id)]
    for lesson in held_back[: LEAST_HELD_BACK - 1]:
        keep(storage, lesson)
    two = learning.train(storage, school, clock)
    assert two.marks.first > two.marks_of_live.first and not two.in_force, "however much better"
    assert VersionFolder(tmp_path / "categoriser").live() is None
    keep(storage, held_back[LEAST_HELD_BACK - 1])
    assert learning.train(storage, school, clock).in_force


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
