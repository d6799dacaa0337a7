"""The shipped topics file, learned from as a city's first version would be, on sentences nobody fitted it to."""

import random

import pytest

from hotline.categoriser.damage import misheard
from hotline.categoriser.learned import Learned, categoriser_of
from hotline.categoriser.school import learn, marks
from hotline.domain.heard import PlaceHeard
from hotline.domain.ids import CallId
from hotline.domain.learning import Lesson
from hotline.domain.queues import GENERAL
from hotline.domain.topics import Topics
from hotline.places_file import gazetteer_of, load_places, place_heard
from hotline.settings import Settings
from hotline.topics_file import load_topics
from tests.support.said import said

SETTINGS = Settings.from_env({})


@pytest.fixture(scope="module")
def topics() -> Topics:
    return load_topics(SETTINGS.topics_file)


@pytest.fixture(scope="module")
def learned(topics: Topics) -> Learned:
    return learn(topics, [])


def test_the_first_version_is_better_than_the_file_alone_where_words_were_misheard(
    topics: Topics, learned: Learned
) -> None:
    rng = random.Random(12341)
    clean = [Lesson(CallId(str(n)), each.words, each.topic) for n, each in enumerate(said())]
    damaged = [Lesson(each.call_id, misheard(each.words, 0.2, rng), each.topic) for each in clean]
    found = marks(topics, learned, clean)
    assert found.first >= 0.8 and found.first_three >= 0.9, found
    with_it, without = marks(topics, learned, damaged), marks(topics, None, damaged)
    assert with_it.first > without.first and with_it.first_three > without.first_three, (with_it, without)
    assert found.calibration_error < marks(topics, None, clean).calibration_error


@pytest.mark.parametrize(
    "beginning",
    [
        "我们小区",
        "我们小区门口",
        "人民路",
        "我家",
        "我家住在人民路",
        "我们村",
        "学校门口",
        "邻居半夜",
        "孩子",
        "楼上的",
    ],
)
def test_the_beginning_of_a_sentence_decides_nothing(
    topics: Topics, learned: Learned, beginning: str
) -> None:
    understood = categoriser_of(topics, learned, 1).understand(beginning)
    assert understood.queue == GENERAL and not understood.is_clear


def test_the_kind_is_offered_for_nearly_all_and_right_for_most(topics: Topics) -> None:
    categoriser = categoriser_of(topics, None)
    offered = [(categoriser.understand(each.words).kind, each.kind) for each in said()]
    right = sum(found is not None and found.kind == kind for found, kind in offered)
    wrong = sum(found is not None and found.kind != kind for found, kind in offered)
    assert right / len(offered) >= 0.85 and wrong / len(offered) <= 0.08
    assert all(found.because for found, _ in offered if found)


def test_places_are_found_and_seldom_imagined() -> None:
    gazetteer = gazetteer_of(load_places(SETTINGS.places_file))
    found = [(place_heard(gazetteer, each.words), each) for each in said()]
    named = [(place, each) for place, each in found if each.place]
    # A name that is not in the demo city's sample may be found as a part of a longer one.
    assert sum(place is not None and place.name in each.words for place, each in named) >= len(named) - 2
    imagined = [place for place, each in found if place and not each.place]
    assert all(isinstance(place, PlaceHeard) for place in imagined) and len(imagined) <= 0.03 * len(found)
