"""The list of parts found on this machine: what each is, where it came from, and how to start it."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hotline.setup import places
from hotline.setup.narrate import SetupFailed


@dataclass(frozen=True, kw_only=True)
class Part:
    """A program or a set of files that the hotline uses and does not contain.

    `source` is "path" (was there), "distribution" (installed as a package) or "unpacked" (in our cache).
    `executable` can be started as it is: where environment or a loader is needed it is a wrapper script.
    `extra` holds further paths: `modules_dir` and `data_dir` of Asterisk, `bin_dir` of PostgreSQL, `lib_dir`.
    """

    name: str
    version: str
    source: str
    executable: str
    recipe: str
    extra: dict[str, str] = field(default_factory=dict)

    def is_there(self) -> bool:
        return all(Path(path).exists() for path in (self.executable, *self.extra.values()))


def load() -> dict[str, Part]:
    """Every recorded part; empty when there is no list yet or it cannot be read."""
    try:
        raw = json.loads(places.parts_file().read_text(encoding="utf-8"))
        return {name: Part(**entry) for name, entry in raw.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def save(found: dict[str, Part]) -> None:
    target = places.parts_file()
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    text = json.dumps(
        {name: asdict(part) for name, part in sorted(found.items())}, indent=2, ensure_ascii=False
    )
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.replace(target)


def environment() -> dict[str, str]:
    """Variables with which Python packages find what was unpacked for them; for the tests' start."""
    node = places.wrappers_dir() / places.PLAYWRIGHT_NODE
    return {"PLAYWRIGHT_NODEJS_PATH": str(node)} if node.exists() else {}


def find(name: str) -> Part:
    """The part of that name; `SetupFailed` says how to get it when it is not there."""
    part = load().get(name)
    if part is None:
        raise SetupFailed(
            f"{name} is not set up on this machine: run `make setup` (tests: `make setup-tests`)."
        )
    if not part.is_there():
        raise SetupFailed(f"{name} was set up at {part.executable} and is gone: run `make setup` again.")
    return part
