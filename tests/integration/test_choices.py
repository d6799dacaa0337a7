"""What seats chose for what was heard, counted and listed on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hotline.domain.ids import CallId
from hotline.domain.learning import Lesson, Shown
from hotline.services.ports_learning import MissesWanted
from hotline.storage.sql import SqlStorage
from tests.support.choices import keep
from tests.support.small_topics import T0, call_id, lessons

MONDAY = T0.date()


def test_a_choice_is_kept_once_with_its_rank(storage: SqlStorage) -> None:
    first, second, third = lessons()[:3]
    keep(storage, first, "water", "lamp")
    keep(storage, second, "lamp", "water")
    keep(storage, second, "lamp", "noise", "water", chosen="heating")
    keep(storage, third)
    keep(storage, Lesson(call_id(90), "", "water"))
    with storage.reading() as tx:
        assert tx.learning.count() == 3, "without words there is nothing to learn"
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
