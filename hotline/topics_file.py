"""Reads the topics file that the settings name."""

from pathlib import Path

from hotline.domain.errors import Invalid
from hotline.domain.topics import MAX_FILE, Topics, parse_topics


def load_topics(path: Path) -> Topics:
    """Raises Invalid in one line, whether the file cannot be read or is wrong inside."""
    try:
        with path.open("rb") as file:
            raw = file.read(4 * MAX_FILE + 1)  # a character has four bytes at most
        return parse_topics(raw.decode("utf-8"), path.name)
    except OSError as problem:
        raise Invalid(f"topics file {path} cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise Invalid(f"topics file {path} is not UTF-8 at byte {problem.start}") from problem
