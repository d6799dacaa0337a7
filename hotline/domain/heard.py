"""What was heard of a caller: the words, why the listening ended, and what they suggest."""

import json
import math
import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from hotline.domain.errors import Invalid
from hotline.domain.hearing_mode import Mode
from hotline.domain.ids import CallId, QueueId
from hotline.domain.queues import GENERAL

MAX_JSON = 64 * 1024
MAX_WORDS = 8_000
MAX_SUGGESTIONS = 3
MAX_BECAUSE = 16

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class Reason(StrEnum):
    """Why the listening ended."""

    ENDPOINT = "endpoint"
    KEY = "key"
    CAP = "cap"
    HANGUP = "hangup"
    SILENCE = "silence"
    NO_RECOGNISER = "no_recogniser"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One topic the words speak for; `score` is 0–1, `because` the words it rests on."""

    category: str
    topic: str
    name: str
    score: float
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KindHeard:
    """The kind of matter (`domain.ticket.Kind`) that the words speak for."""

    kind: str
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceHeard:
    """A place of the gazetteer; `heard` is what was written for it, `likeness` is 1 for its very name."""

    name: str
    within: str
    heard: str
    likeness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """`at` is the end of the sentence in epoch seconds; `reason` is None as long as it is not final.

    `model` is the recogniser's, `categoriser` the version that suggested; 0 knows the topics file only.
    `mode` says what was listened to: the caller's first sentence, or all he says to the seat.
    """

    call_id: CallId
    words: str
    final: bool
    reason: Reason | None
    at: float
    heard_ms: int
    suggestions: tuple[Suggestion, ...] = ()
    queue: QueueId = GENERAL
    urgent: bool = False
    urgency: str | None = None
    model: str = ""
    kind: KindHeard | None = None
    place: PlaceHeard | None = None
    categoriser: int = 0
    mode: Mode = Mode.SENTENCE

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> "Heard":
        """Strict: whatever is not exactly a `Heard` is `Invalid`, and no value of it is in the message."""
        raw = _load(text)
        fields = _object(_LATER_FIELDS | raw if isinstance(raw, dict) else raw, "heard", _HEARD_KEYS)
        reason, final = fields["reason"], _bool(fields, "final")
        if final != (reason is not None) or not (reason is None or reason in _REASONS):
            raise Invalid("heard: 'reason' is not one of the known ones")
        suggestions = fields["suggestions"]
        if not isinstance(suggestions, list) or len(suggestions) > MAX_SUGGESTIONS:
            raise Invalid(f"heard: 'suggestions' must be a list of {MAX_SUGGESTIONS} at most")
        return cls(
            call_id=CallId(_id(fields, "call_id")),
            words=_text(fields, "words", MAX_WORDS),
            final=final,
            reason=None if reason is None else Reason(reason),
            at=_number(fields, "at", 0.0, 1e11),
            heard_ms=_whole(fields, "heard_ms", 0, 3_600_000),
            suggestions=tuple(_suggestion(item) for item in suggestions),
            queue=QueueId(_id(fields, "queue")),
            urgent=_bool(fields, "urgent"),
            urgency=None if fields["urgency"] is None else _text(fields, "urgency", 64),
            model=_text(fields, "model", 128),
            kind=None if fields["kind"] is None else _kind(fields["kind"]),
            place=None if fields["place"] is None else _place(fields["place"]),
            categoriser=_whole(fields, "categoriser", 0, 2**31 - 1),
            mode=_mode(fields["mode"]),
        )


_HEARD_KEYS = frozenset(Heard.__dataclass_fields__)
# Calls of before these fields have none of them; what they heard is kept.
_LATER_FIELDS: dict[str, Any] = {"kind": None, "place": None, "categoriser": 0, "mode": Mode.SENTENCE.value}
_KINDS = ("consultation", "complaint", "suggestion", "help")
_SUGGESTION_KEYS = frozenset(Suggestion.__dataclass_fields__)
_MODES = tuple(str(mode) for mode in Mode)
_REASONS = tuple(str(reason) for reason in Reason)  # a tuple, so that an unhashable value is only not in it


def _mode(value: object) -> Mode:
    if value not in _MODES:
        raise Invalid("heard: 'mode' is not one of the known ones")
    return Mode(value)


def _suggestion(item: object) -> Suggestion:
    fields = _object(item, "suggestion", _SUGGESTION_KEYS)
    return Suggestion(
        category=_id(fields, "category"),
        topic=_id(fields, "topic"),
        name=_text(fields, "name", 64),
        score=_number(fields, "score", 0.0, 1.0),
        because=_because(fields),
    )


def _kind(item: object) -> KindHeard:
    fields = _object(item, "kind", frozenset(KindHeard.__dataclass_fields__))
    if fields["kind"] not in _KINDS:
        raise Invalid("heard: 'kind' is not one of the four")
    return KindHeard(kind=fields["kind"], because=_because(fields))


def _place(item: object) -> PlaceHeard:
    fields = _object(item, "place", frozenset(PlaceHeard.__dataclass_fields__))
    return PlaceHeard(
        name=_text(fields, "name", 64),
        within=_text(fields, "within", 64),
        heard=_text(fields, "heard", 64),
        likeness=_number(fields, "likeness", 0.0, 1.0),
    )


def _because(fields: dict[str, Any]) -> tuple[str, ...]:
    because = fields["because"]
    if not isinstance(because, list) or len(because) > MAX_BECAUSE:
        raise Invalid(f"heard: 'because' must be a list of {MAX_BECAUSE} at most")
    return tuple(_text({"because": word}, "because", 64) for word in because)


def _load(text: str | bytes) -> object:
    if len(text) > MAX_JSON:
        raise Invalid(f"heard: longer than {MAX_JSON} bytes")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        raise Invalid("heard: not JSON") from None


def _object(value: object, name: str, keys: frozenset[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != keys:
        raise Invalid(f"heard: a {name} must be an object with exactly its own fields")
    return value


def _bool(fields: dict[str, Any], key: str) -> bool:
    value = fields[key]
    if not isinstance(value, bool):
        raise Invalid(f"heard: '{key}' must be true or false")
    return value


def _text(fields: dict[str, Any], key: str, longest: int) -> str:
    value = fields[key]
    if not isinstance(value, str) or len(value) > longest or _CONTROL.search(value):
        raise Invalid(f"heard: '{key}' must be one line of {longest} characters at most")
    return value


def _id(fields: dict[str, Any], key: str) -> str:
    value = fields[key]
    if not isinstance(value, str) or not _ID.match(value):
        raise Invalid(f"heard: '{key}' must be an id")
    return value


def _number(fields: dict[str, Any], key: str, low: float, high: float) -> float:
    value = fields[key]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid(f"heard: '{key}' must be a number")
    if not (math.isfinite(value) and low <= value <= high):
        raise Invalid(f"heard: '{key}' is out of range")
    return float(value)


def _whole(fields: dict[str, Any], key: str, low: int, high: int) -> int:
    value = fields[key]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Invalid(f"heard: '{key}' must be a whole number from {low} to {high}")
    return value
