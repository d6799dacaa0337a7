"""What citizens call about: six categories, the topics below them, and the words that must not wait."""

import hashlib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hotline.domain.errors import Invalid
from hotline.domain.ids import QueueId
from hotline.domain.queues import GENERAL, QUEUES, queue_or_general

MAX_FILE = 2_000_000
_MAX_ERRORS = 20
_MAX_TEXT = 200
_ID = re.compile(r"[A-Za-z0-9_]{1,64}\Z")
_KINDS = ("consultation", "complaint", "suggestion", "help")
_CATEGORIES = tuple(queue for queue in QUEUES if queue != GENERAL)  # another one would have no queue
_FIELDS = {
    "category": {"id", "name", "name_en"},
    "topic": {"id", "name", "name_en", "category", "unit", "words", "examples", "kind", "parent"},
    "urgency": {"id", "name", "name_en", "words"},
    "kind": {"id", "words"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One of the six; its id is also its queue's."""

    id: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One matter, the unit that handles it, and how callers speak of it.

    `kind` is the usual one, `parent` the wider topic of the same category; both may be empty.
    """

    id: str
    name: str
    name_en: str
    category: str
    unit: str
    words: tuple[str, ...]
    examples: tuple[str, ...]
    kind: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindWords:
    """One of the four kinds, and the words by which callers ask for it."""

    id: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    """A danger, and the words that tell of it."""

    id: str
    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """One whole topics file."""

    categories: tuple[Category, ...] = ()
    topics: tuple[Topic, ...] = ()
    urgencies: tuple[Urgency, ...] = ()
    kinds: tuple[KindWords, ...] = ()

    def ids(self) -> frozenset[str]:
        """Every topic's id."""
        return frozenset(topic.id for topic in self.topics)

    def queue_of(self, topic: str) -> QueueId:
        """The queue of a topic's category; the general one for a topic that is not here."""
        return next((queue_or_general(known.category) for known in self.topics if known.id == topic), GENERAL)

    def fingerprint(self) -> str:
        """Another one when anything that is learned from the file is another."""
        said = [(topic.id, topic.name, topic.words, topic.examples) for topic in self.topics]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]

    def as_view(self) -> list[dict[str, Any]]:
        """The topics as the screens show them, in the file's order."""
        names = {category.id: {"zh": category.name, "en": category.name_en} for category in self.categories}
        return [
            {
                "id": topic.id,
                "name": {"zh": topic.name, "en": topic.name_en},
                "category": topic.category,
                "category_name": names[topic.category],
                "unit": topic.unit,
                "words": list(topic.words),
                "parent": topic.parent,
            }
            for topic in self.topics
        ]


def parse_topics(text: str, source: str = "topics") -> Topics:
    """Read a topics file. Invalid names each wrong entry with its line, all at once in one line of text."""
    if len(text) > MAX_FILE:
        raise Invalid(f"{source}: longer than {MAX_FILE} characters")
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Invalid(
            f"{source}: {' '.join(str(error).split())[:_MAX_TEXT] or 'nested too deeply'}"
        ) from None
    reader = _Reader(text, data)
    topics = reader.read()
    if reader.wrong:
        more = len(reader.wrong) - _MAX_ERRORS
        shown = reader.wrong[:_MAX_ERRORS] + ([f"and {more} more"] if more > 0 else [])
        raise Invalid(f"{source}: {'; '.join(shown)}")
    return topics


class _Reader:
    """Goes on after an error, so that all of them are reported."""

    def __init__(self, text: str, data: dict[str, Any]) -> None:
        self._text = text
        self._data = data
        self._places: dict[str, list[str]] = {}  # of each kind of entry: where it is, for people
        self.wrong: list[str] = []

    def read(self) -> Topics:
        for key in sorted(self._data.keys() - _FIELDS.keys()):
            self.wrong.append(f"unknown entry {key[:40]!a}")
        categories = tuple(self._category(entry) for entry in self._entries("category"))
        topics = tuple(self._topic(entry) for entry in self._entries("topic"))
        urgencies = tuple(self._urgency(entry) for entry in self._entries("urgency"))
        kinds = tuple(self._kind(entry) for entry in self._entries("kind"))
        self._check_unique("category", "id", [each.id for each in categories])
        self._check_unique("category", "name", [each.name for each in categories])
        self._check_unique("topic", "id", [each.id for each in topics])
        self._check_unique("topic", "name", [each.name for each in topics])
        self._check_unique("urgency", "id", [each.id for each in urgencies])
        self._check_unique("urgency", "name", [each.name for each in urgencies])
        self._check_unique("kind", "id", [each.id for each in kinds])
        self._check_topics(categories, topics)
        self._check_kinds(kinds)
        if not topics:
            self.wrong.append("no topics")
        return Topics(categories=categories, topics=topics, urgencies=urgencies, kinds=kinds)

    def _entries(self, kind: str) -> Iterable["_Entry"]:
        found = self._data.get(kind, [])
        places = self._places.setdefault(kind, [])
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            self.wrong.append(f"'{kind}' must be written as [[{kind}]]")
            return
        lines = _lines_of(self._text, kind)
        for number, fields in enumerate(found):
            line = f"line {lines[number]}, " if len(lines) == len(found) else ""
            name = fields.get("id") or fields.get("name")
            named = f" '{name[:40]}'" if isinstance(name, str) and name.isprintable() else f" {number + 1}"
            places.append(f"{line}{kind}{named}")
            entry = _Entry(fields, places[-1], self.wrong)
            entry.knows(_FIELDS[kind])
            yield entry

    def _category(self, entry: "_Entry") -> Category:
        return Category(
            id=entry.one_of("id", _CATEGORIES), name=entry.text("name"), name_en=entry.text("name_en")
        )

    def _topic(self, entry: "_Entry") -> Topic:
        return Topic(
            id=entry.id("id"),
            name=entry.text("name"),
            name_en=entry.text("name_en"),
            category=entry.id("category"),
            unit=entry.text("unit"),
            words=entry.texts("words", needed=True),
            examples=entry.texts("examples", needed=False),
            kind=entry.one_of("kind", _KINDS, needed=False),
            parent=entry.id("parent", needed=False),
        )

    def _urgency(self, entry: "_Entry") -> Urgency:
        return Urgency(id=entry.id("id"), name=entry.text("name"), words=entry.texts("words", needed=True))

    def _kind(self, entry: "_Entry") -> KindWords:
        return KindWords(id=entry.one_of("id", _KINDS), words=entry.texts("words", needed=True))

    def _check_unique(self, kind: str, field: str, values: list[str]) -> None:
        first: dict[str, int] = {}
        for number, value in enumerate(values):
            if value and value in first:
                place, before = self._places[kind][number], self._places[kind][first[value]]
                self.wrong.append(f"{place}: the {field} '{value}' is there twice (first: {before})")
            first.setdefault(value, number)

    def _check_topics(self, categories: tuple[Category, ...], topics: tuple[Topic, ...]) -> None:
        known, by_id = {category.id for category in categories}, {topic.id: topic for topic in topics}
        for place, topic in zip(self._places["topic"], topics, strict=True):
            if topic.category and topic.category not in known:
                self.wrong.append(f"{place}: there is no category '{topic.category}'")
            if not topic.parent:
                continue
            parent = by_id.get(topic.parent)
            if parent is None:
                self.wrong.append(f"{place}: there is no topic '{topic.parent}' to be its parent")
            elif parent.category != topic.category:
                self.wrong.append(f"{place}: its parent '{topic.parent}' is in another category")
            elif (circle := _circle(topic.id, by_id)) and min(
                circle
            ) == topic.id:  # said once for each circle
                self.wrong.append(f"{place}: its parents lead back to it ({' → '.join(circle)})")

    def _check_kinds(self, kinds: tuple[KindWords, ...]) -> None:
        owner: dict[str, str] = {}
        for place, kind in zip(self._places["kind"], kinds, strict=True):
            for word in kind.words:
                if owner.setdefault(word, kind.id) != kind.id:
                    self.wrong.append(f"{place}: '{word}' already speaks for '{owner[word]}'")


def _circle(start: str, topics: dict[str, Topic]) -> list[str]:
    """The way from a topic by its parents back to it; empty where there is none."""
    way = [start]
    while (parent := topics[way[-1]].parent) in topics:
        if parent == start:
            return [*way, start]
        if parent in way:
            return []  # a circle further up, which is said at its own topics
        way.append(parent)
    return []


class _Entry:
    """One table of the file; what is wrong with it is added to `wrong`."""

    def __init__(self, fields: dict[str, Any], place: str, wrong: list[str]) -> None:
        self._fields = fields
        self._place = place
        self._wrong = wrong

    def text(self, key: str) -> str:
        value = self._fields.get(key)
        if isinstance(value, str) and 0 < len(value.strip()) <= _MAX_TEXT and value.isprintable():
            return value.strip()
        self._wrong.append(f"{self._place}: '{key}' must be one line of text")
        return ""

    def knows(self, fields: set[str]) -> None:
        for key in sorted(self._fields.keys() - fields):
            self._wrong.append(f"{self._place}: unknown field {key[:40]!a}")

    def one_of(self, key: str, choices: tuple[str, ...], *, needed: bool = True) -> str:
        value = self._fields.get(key)
        if (value is None and not needed) or (isinstance(value, str) and value in choices):
            return value or ""
        self._wrong.append(f"{self._place}: '{key}' must be one of {', '.join(choices)}")
        return ""

    def id(self, key: str, *, needed: bool = True) -> str:
        value = self._fields.get(key)
        if value is None and not needed:
            return ""
        if isinstance(value, str) and _ID.match(value):
            return value
        self._wrong.append(f"{self._place}: '{key}' must be letters, digits and underscores")
        return ""

    def texts(self, key: str, *, needed: bool) -> tuple[str, ...]:
        value = self._fields.get(key, [])
        if not isinstance(value, list) or (needed and not value):
            self._wrong.append(f"{self._place}: '{key}' must be a list of texts")
            return ()
        for item in value:
            if not (isinstance(item, str) and item.strip() and len(item) <= _MAX_TEXT and item.isprintable()):
                self._wrong.append(f"{self._place}: '{key}' has an entry that is not one line of text")
                return ()
        if len(set(value)) < len(value):
            self._wrong.append(f"{self._place}: '{key}' has an entry twice")
        return tuple(item.strip() for item in value)


def _lines_of(text: str, kind: str) -> list[int]:
    """Lines where the entries begin; the caller compares their number, for a text may look like a heading."""
    heading = re.compile(rf"\s*\[\[\s*{kind}\s*\]\]")
    return [number for number, line in enumerate(text.splitlines(), start=1) if heading.match(line)]
