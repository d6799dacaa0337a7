"""A topics file is taken whole or not at all, and everything wrong with it is said at once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.errors import Invalid
from hotline.domain.queues import QUEUES
from hotline.domain.topics import MAX_FILE, parse_topics

SHIPPED = Path("hotline/topics/zhucheng.toml").read_text(encoding="utf-8")
SMALL = """\
[[category]]
id = "other"
name = "其他"
name_en = "Other"

[[topic]]
id = "weather"
name = "天气"
name_en = "Weather"
category = "other"
unit = "市气象局"
words = ["天气"]
examples = ["明天天气怎么样"]

[[urgency]]
id = "fire"
name = "火情"
words = ["着火"]
"""


def test_the_shipped_file() -> None:
    topics = parse_topics(SHIPPED)
    assert {category.id for category in topics.categories} == set(QUEUES) - {"general"}
    assert len(topics.topics) >= 100
    assert all(topic.words and topic.examples and topic.unit for topic in topics.topics)
    assert "water_outage" in topics.ids()
    assert topics.queue_of("water_outage") == "living_security"
    assert topics.queue_of("no_such") == "general"


def test_the_view_for_the_screens() -> None:
    assert parse_topics(SMALL).as_view() == [
        {
            "id": "weather",
            "name": {"zh": "天气", "en": "Weather"},
            "category": "other",
            "category_name": {"zh": "其他", "en": "Other"},
            "unit": "市气象局",
            "words": ["天气"],
            "parent": "",
        }
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('category = "other"', 'category = "none"', "topic 'weather': there is no category 'none'"),
        ('words = ["天气"]', "words = []", "line 6, topic 'weather': 'words' must be a list of texts"),
        (
            'words = ["天气"]',
            "words = [3]",
            "line 6, topic 'weather': 'words' has an entry that is not one line",
        ),
        (
            'words = ["天气"]',
            'words = ["天气", "天气"]',
            "line 6, topic 'weather': 'words' has an entry twice",
        ),
        ('id = "weather"', 'id = "the weather"', "line 6, topic 'the weather': 'id' must be letters"),
        ('unit = "市气象局"\n', "", "line 6, topic 'weather': 'unit' must be one line of text"),
        ('id = "other"', 'id = "others"', "line 1, category 'others': 'id' must be one of living_security, "),
        (
            'id = "other"',
            'id = "general"',
            "line 1, category 'general': 'id' must be one of living_security, ",
        ),
        ('id = "fire"\n', "", "line 15, urgency '火情': 'id' must be letters"),
        (
            '[[urgency]]\nid = "fire"\n',
            '[[urgency]]\nid = "fire"\nname = "火灾"\nwords = ["起火"]\n[[urgency]]\nid = "fire"\n',
            "line 19, urgency 'fire': the id 'fire' is there twice (first: line 15, urgency 'fire')",
        ),
        ('name = "火情"', 'name = "a\\nb"', "'name' must be one line of text"),
        ("[[urgency]]", "[urgency]", "'urgency' must be written as [[urgency]]"),
        ("[[urgency]]", "[[urgent]]", "unknown entry 'urgent'"),
        ('name = "天气"', 'name = "天气', "at line 8"),
    ],
)
def test_an_error_is_named_with_its_entry(old: str, new: str, message: str) -> None:
    assert old in SMALL
    with pytest.raises(Invalid) as caught:
        parse_topics(SMALL.replace(old, new), "zhucheng.toml")
    assert str(caught.value).startswith("zhucheng.toml: ")
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_all_errors_at_once_but_not_a_book_of_them() -> None:
    wrong = SMALL.replace('unit = "市气象局"', "").replace('name_en = "Other"', "")
    with pytest.raises(Invalid, match=r"'name_en'.*'unit'"):
        parse_topics(wrong)
    with pytest.raises(Invalid, match=r"; and \d+ more$"):
        parse_topics('[[topic]]\nid = "x"\n' * 50)


def test_the_same_topic_twice() -> None:
    topic = SMALL[SMALL.index("[[topic]]") : SMALL.index("[[urgency]]")]
    with pytest.raises(
        Invalid,
        match=r"line 19, topic 'weather': the id 'weather' is there twice \(first: line 6, .*the name '天气' is there twice",
    ):
        parse_topics(SMALL + topic)


@pytest.mark.parametrize("text", ["", "x", "[[topic", "a = [" * 3_000, "=" * MAX_FILE + "x", "topic = 3"])
def test_what_is_no_topics_file(text: str) -> None:
    with pytest.raises(Invalid, match=r"^topics: "):
        parse_topics(text)


@given(st.text(max_size=300))
def test_any_text_is_topics_or_invalid(text: str) -> None:
    with pytest.raises(Invalid):
        parse_topics(text)


@given(st.integers(0, len(SMALL) - 1), st.characters())
def test_one_wrong_character_never_breaks_the_reader(place: int, character: str) -> None:
    try:
        topics = parse_topics(SMALL[:place] + character + SMALL[place + 1 :])
    except Invalid:
        return
    assert topics.topics
