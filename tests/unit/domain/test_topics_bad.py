"""Topics files that contradict themselves, and texts that are no sentences: said by line, or understood as nothing."""

import pytest

from hotline.domain.categorise import Categoriser
from hotline.domain.errors import Invalid
from hotline.domain.topics import MAX_FILE, parse_topics
from tests.support.small_topics import small_topics_text

SMALL = small_topics_text()
LINES = {
    name: SMALL[: SMALL.index(f'id = "{name}"')].count("\n") for name in ("water", "heating", "lamp", "noise")
}


def with_parents(**parents: str) -> str:
    text = SMALL
    for topic, parent in parents.items():
        text = text.replace(f'id = "{topic}"\n', f'id = "{topic}"\nparent = "{parent}"\n')
    return text


def refused(text: str) -> str:
    with pytest.raises(Invalid) as caught:
        parse_topics(text, "city.toml")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_tree_of_topics() -> None:
    topics = parse_topics(with_parents(heating="water"))
    assert [topic["parent"] for topic in topics.as_view()] == ["", "water", "", ""]


def test_a_circle_of_two_is_said_once_with_its_line() -> None:
    told = refused(with_parents(heating="water", water="heating"))
    assert told == (
        f"city.toml: line {LINES['heating'] + 1}, topic 'heating': "
        "its parents lead back to it (heating → water → heating)"
    )


def test_a_topic_that_is_its_own_parent() -> None:
    assert "topic 'lamp': its parents lead back to it (lamp → lamp)" in refused(with_parents(lamp="lamp"))


def test_a_long_circle_with_a_way_into_it() -> None:
    topic = SMALL[SMALL.index("[[topic]]") : SMALL.index("[[topic]]", SMALL.index("[[topic]]") + 1)]
    chain = "".join(
        topic.replace('"water"', f'"t{n}"').replace('"停水"\nname', f'"名{n}"\nname')
        .replace(f'id = "t{n}"\n', f'id = "t{n}"\nparent = "t{max(1, (n + 1) % 50)}"\n')
        for n in range(50)
    )  # fmt: skip
    told = refused(SMALL + chain)
    assert told.count("lead back") == 1 and "t1 → t2" in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("heating", "nothing"), "topic 'heating': there is no topic 'nothing' to be its parent"),
        (("heating", "lamp"), "topic 'heating': its parent 'lamp' is in another category"),
        (("heating", "a b"), "'parent' must be letters, digits and underscores"),
    ],
)
def test_a_parent_that_cannot_be(change: tuple[str, str], told: str) -> None:
    assert told in refused(with_parents(**dict([change])))


def test_the_same_name_twice_is_said_with_both_lines() -> None:
    told = refused(SMALL.replace('name = "供暖"', 'name = "停水"'))
    second, first = LINES["heating"], LINES["water"]
    assert (
        f"line {second}, topic 'heating': the name '停水' is there twice (first: line {first}, topic 'water')"
        in told
    )


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            '[[kind]]\nid = "praise"\nwords = ["好"]',
            "'id' must be one of consultation, complaint, suggestion, help",
        ),
        ('[[kind]]\nid = "help"\nwords = []', "kind 'help': 'words' must be a list of texts"),
        ('[[kind]]\nid = "help"\nwords = ["修"]\n' * 2, "the id 'help' is there twice"),
        (
            '[[kind]]\nid = "help"\nwords = ["修"]\n[[kind]]\nid = "complaint"\nwords = ["修"]',
            "kind 'complaint': '修' already speaks for 'help'",
        ),
        ('[[urgency]]\nname = "火"\nwords = ["着火"]\n' * 2, "the name '火' is there twice"),
        (
            '[[urgency]]\nname = "火"\nwords = ["着火"]\nwrods = ["起火"]',
            "urgency '火': unknown field 'wrods'",
        ),
        ("kind = 3", "'kind' must be written as [[kind]]"),
    ],
)
def test_what_else_contradicts_itself(more: str, told: str) -> None:
    assert told in refused(("kind = 3\n" + SMALL) if more == "kind = 3" else f"{SMALL}\n{more}\n")


def test_a_kind_of_a_topic_that_is_none() -> None:
    assert "'kind' must be one of" in refused(SMALL.replace('id = "lamp"', 'id = "lamp"\nkind = "lamp"'))


@pytest.mark.parametrize(
    "text", ["", " ", "😀", "hello", "\ufeff", "a" * (MAX_FILE + 1), "[[topic]]\n" * 100_000]
)
def test_texts_that_are_no_topics_file(text: str) -> None:
    assert refused(text).startswith("city.toml: ")


@pytest.mark.parametrize(
    "said", ["", "😀" * 10, "Hello World 12341", "𠮷𠮷", "\x00\x07", "。" * 1_000_000, "停" * 1_000_000]
)
def test_sentences_that_are_none(said: str) -> None:
    understood = Categoriser(parse_topics(SMALL)).understand(said)
    assert understood.queue in ("general", "living_security") and not understood.urgent
