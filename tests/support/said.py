"""A hundred and seventy sentences as citizens would say them, written for measuring: topic, kind, place, words.

None is an example of the topics file, and nothing is trained on them; some choices of the design were made by them.
"""

from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("said.tsv")


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence; `place` is empty where it names none."""

    topic: str
    kind: str
    place: str
    words: str


def said() -> list[Said]:
    return [Said(*line.split("\t")) for line in FILE.read_text(encoding="utf-8").splitlines()]
