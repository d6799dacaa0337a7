"""Reads labelled messages: one a line, label, tab, text."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hotline.domain.errors import Invalid

MAX_BYTES = 200_000_000
MAX_LINE = 100_000  # characters; an hour of talk is a third of it
MAX_LABEL = 100
MAX_LABELS = 1_000
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Labelled:
    """Messages and their labels, in the file's order."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]

    def first(self, characters: int | None) -> "Labelled":
        """The same messages as far as a listener has heard after so many characters."""
        return (
            self if characters is None else Labelled(tuple(t[:characters] for t in self.texts), self.labels)
        )


def read_labelled(path: Path) -> Labelled:
    """Invalid names each wrong line and what is wrong with it; no text of a message is in the sentence."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise Invalid(f"{path} cannot be read: {problem.strerror}") from problem
    if len(raw) > MAX_BYTES:
        raise Invalid(f"{path.name} is longer than {MAX_BYTES // 1_000_000} MB")
    return parse_labelled(raw, path.name)


def parse_labelled(raw: bytes, source: str) -> Labelled:
    """Empty lines are left out; a byte order mark and Windows line ends are not in the way.

    A text without words is a message like others: a caller may say nothing, and is categorised too.
    """
    messages: list[tuple[str, str]] = []
    wrong: list[str] = []
    for number, line in enumerate(_lines(raw), start=1):
        try:
            text = line.decode("utf-8").removesuffix("\r")
        except UnicodeDecodeError as problem:
            wrong.append(f"line {number} is not UTF-8 at byte {problem.start + 1}")
            continue
        if not text.strip():
            continue
        trouble = _trouble(text)
        if trouble:
            wrong.append(f"line {number} {trouble}")
        else:
            label, _, message = text.partition("\t")
            messages.append((label.strip(), message.strip()))
    _refuse(wrong, source)
    labels = {label for label, _ in messages}
    if not messages:
        raise Invalid(f"{source} holds no messages")
    if len(labels) > MAX_LABELS:
        raise Invalid(f"{source} has {len(labels)} labels; {MAX_LABELS} at most: is the text first?")
    return Labelled(tuple(text for _, text in messages), tuple(label for label, _ in messages))


def _lines(raw: bytes) -> Iterator[bytes]:
    """Only a line feed ends a line: a message may hold other characters that Python takes for one."""
    yield from raw.removeprefix(b"\xef\xbb\xbf").split(b"\n")


def _trouble(line: str) -> str | None:
    label, tab, _ = line.partition("\t")
    if len(line) > MAX_LINE:
        return f"is longer than {MAX_LINE:,} characters"
    if not tab:
        return "has no tab between label and text"
    if not label.strip():
        return "has no label"
    if len(label) > MAX_LABEL or not label.strip().isprintable():
        return f"has a label that is not one short name ({MAX_LABEL} characters)"
    return None


def _refuse(wrong: list[str], source: str) -> None:
    if wrong:
        more = len(wrong) - _SHOWN
        raise Invalid(
            f"{source}: {'; '.join(wrong[:_SHOWN])}" + (f"; and {more} more lines" if more > 0 else "")
        )
