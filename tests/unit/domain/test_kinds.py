"""The kind of a matter from what callers say, and from what is usual for its topic."""

import pytest

from hotline.domain.categorise import Categoriser
from hotline.domain.kinds import KindFinder
from hotline.domain.topics import KindWords, Topics, parse_topics
from tests.support.small_topics import small_topics_text

KINDS = """
[[kind]]
id = "consultation"
words = ["请问", "怎么办", "吗"]

[[kind]]
id = "complaint"
words = ["投诉", "没人管", "管"]

[[kind]]
id = "help"
words = ["修一下"]
"""
USUAL = small_topics_text().replace('id = "lamp"', 'id = "lamp"\nkind = "help"')
CATEGORISER = Categoriser(parse_topics(USUAL + KINDS))


@pytest.mark.parametrize(
    ("said", "kind", "because"),
    [
        ("请问停水怎么办", "consultation", ("请问", "怎么办")),
        ("我要投诉停水没人管", "complaint", ("投诉", "没人管")),
        ("暖气不热来修一下", "help", ("修一下",)),
        ("路灯坏了不亮", "help", ("路灯",)),  # nothing said: what is usual for the topic, by its name
        ("我家停水了", None, ()),
        ("请问路灯不亮怎么办", "consultation", ("请问", "怎么办")),
        ("", None, ()),
        ("hello 😀", None, ()),
        ("吗", None, ()),
    ],
)
def test_the_kind_and_why(said: str, kind: str | None, because: tuple[str, ...]) -> None:
    found = CATEGORISER.understand(said).kind
    assert (found.kind if found else None, found.because if found else ()) == (kind, because)


def test_a_word_inside_a_longer_one_does_not_count() -> None:
    found = KindFinder(Topics(kinds=(KindWords(id="complaint", words=("管", "没人管")),))).find("没人管", [])
    assert found and found.because == ("没人管",)


def test_without_words_for_kinds_none_is_offered() -> None:
    assert KindFinder(Topics()).find("我要投诉" * 100, [("water", 1.0)]) is None
