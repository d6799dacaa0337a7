"""`Heard` survives the trip through JSON, and nothing that is not a `Heard` gets in."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.errors import Invalid
from hotline.domain.heard import MAX_JSON, Heard, Reason, Suggestion
from hotline.domain.ids import CallId, QueueId

CALL = "0d1c2b3a-0000-4000-8000-000000000001"
LINE = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20)


def heard(**changes: Any) -> Heard:
    fields: dict[str, Any] = {
        "call_id": CallId(CALL),
        "words": "人民路 停水 了",
        "final": True,
        "reason": Reason.ENDPOINT,
        "at": 1_767_000_000.25,
        "heard_ms": 2_140,
        "suggestions": (
            Suggestion(
                category="living_security", topic="water_outage", name="停水", score=0.9, because=("停水",)
            ),
        ),
        "queue": QueueId("living_security"),
        "model": "hotline-synthetic-cn",
    }
    return Heard(**(fields | changes))


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_survives_json(reason: Reason) -> None:
    original = heard(reason=reason, urgent=True, urgency="火情")
    assert Heard.from_json(original.to_json()) == original
    assert Heard.from_json(original.to_json().encode()) == original


@given(words=LINE, name=LINE, because=st.lists(LINE, max_size=3), score=st.floats(0, 1))
def test_any_text_survives_json(words: str, name: str, because: list[str], score: float) -> None:
    suggestion = Suggestion(category="other", topic="x", name=name, score=score, because=tuple(because))
    original = heard(words=words, final=False, reason=None, suggestions=(suggestion,))
    assert Heard.from_json(original.to_json()) == original


def test_the_fields_are_the_documented_ones() -> None:
    fields = json.loads(heard().to_json())
    assert list(fields) == [
        *("call_id", "words", "final", "reason", "at", "heard_ms"),
        *("suggestions", "queue", "urgent", "urgency", "model", "kind", "place", "categoriser", "mode"),
    ]
    assert list(fields["suggestions"][0]) == ["category", "topic", "name", "score", "because"]


WRONG = [
    ("call_id", ""),
    ("call_id", "a\nb"),
    ("call_id", "x" * 65),
    ("call_id", 7),
    ("words", "a\nb"),
    ("words", "\ud800"),
    ("words", "水" * 9_000),
    ("words", None),
    ("final", 1),
    ("final", False),  # with a reason
    ("reason", None),  # final without one
    ("reason", "tired"),
    ("reason", ["endpoint"]),
    ("at", float("nan")),
    ("at", float("inf")),
    ("at", -1),
    ("at", True),
    ("at", "now"),
    ("heard_ms", 1.5),
    ("heard_ms", -1),
    ("heard_ms", 10**30),
    ("suggestions", {}),
    ("suggestions", [1]),
    ("queue", "general,evil"),
    ("queue", None),
    ("urgent", "yes"),
    ("urgency", 3),
    ("model", ["m"]),
]


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_a_wrong_field_is_invalid(key: str, value: object) -> None:
    fields = json.loads(heard().to_json()) | {key: value}
    with pytest.raises(Invalid, match=r"^heard: "):
        Heard.from_json(json.dumps(fields))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("category", "a b"),
        ("topic", None),
        ("name", 1),
        ("score", 1.1),
        ("because", "停水"),
        ("because", [1]),
    ],
)
def test_a_wrong_suggestion_is_invalid(key: str, value: object) -> None:
    fields = json.loads(heard().to_json())
    fields["suggestions"][0][key] = value
    with pytest.raises(Invalid):
        Heard.from_json(json.dumps(fields))


def test_four_suggestions_missing_and_unknown_fields_are_invalid() -> None:
    fields = json.loads(heard().to_json())
    four = fields | {"suggestions": fields["suggestions"] * 4}
    for wrong in (four, fields | {"more": 1}, {key: fields[key] for key in fields if key != "words"}):
        with pytest.raises(Invalid):
            Heard.from_json(json.dumps(wrong))


HOSTILE = [
    b"",
    b"null",
    b"[]",
    b"\xff\xfe{",
    b"{" * 5_000,
    b"[" * 60_000,
    b"9" * 5_000,
    b" " * (MAX_JSON + 1),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_invalid(text: bytes) -> None:
    with pytest.raises(Invalid):
        Heard.from_json(text)


@given(st.binary(max_size=200))
def test_random_bytes_are_invalid(text: bytes) -> None:
    with pytest.raises(Invalid):
        Heard.from_json(text)


@given(st.integers(0, 400))
def test_a_cut_message_is_invalid(cut: int) -> None:
    whole = heard().to_json()
    with pytest.raises(Invalid):
        Heard.from_json(whole[: min(cut, len(whole) - 1)])


def test_a_call_of_before_kind_and_place_keeps_what_it_heard() -> None:
    fields = json.loads(heard().to_json())
    for later in ("kind", "place", "categoriser"):
        del fields[later]
    old = Heard.from_json(json.dumps(fields))
    assert (old.words, old.kind, old.place, old.categoriser) == (heard().words, None, None, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "complaint"),
        ("kind", {"kind": "praise", "because": []}),
        ("kind", {"kind": ["help"], "because": []}),
        ("kind", {"kind": "help", "because": ["x"] * 17}),
        ("place", {"name": "人民路"}),
        ("place", {"name": "人民路", "within": "", "heard": "人\n路", "likeness": 1}),
        ("place", {"name": "人民路", "within": "", "heard": "人名路", "likeness": 2}),
        ("categoriser", -1),
        ("categoriser", True),
    ],
)
def test_a_kind_or_place_that_is_none_is_refused(field: str, value: object) -> None:
    with pytest.raises(Invalid):
        Heard.from_json(json.dumps(json.loads(heard().to_json()) | {field: value}))
