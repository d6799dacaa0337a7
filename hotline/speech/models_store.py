"""The models on this machine, and which of them the hotline is to use."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hotline.domain.errors import Invalid, NotFound
from hotline.speech import models_fetch, models_known, models_unpack
from hotline.speech.models_fetch import Say, Wanted

_SLACK = 1.3  # published sizes are rounded
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose, and when: the same model chosen again, as after a repair, is another choice."""

    path: Path
    at: str = ""  # "" where nobody chose: the shipped one


@dataclass(frozen=True, slots=True)
class ModelStore:
    """`folder` holds the fetched ones; `shipped` is the one that came with the program."""

    folder: Path
    shipped: Path
    source: str = models_known.SOURCE

    @property
    def pointer(self) -> Path:
        """Names the model in use; without it the shipped one is."""
        return self.folder / "in-use.json"

    def path_of(self, name: str) -> Path:
        """Of an installed model, by name or as a path. Raises NotFound."""
        if name == self.shipped.name:
            return self.shipped
        path = Path(name).expanduser() if "/" in name else self.folder / name
        if not path.is_dir() or name.startswith("."):
            raise NotFound(f"there is no model {name[:128]!r} here: `hotline model list` shows what there is")
        return path.resolve()

    def installed(self) -> list[str]:
        """Names of the fetched ones, and the shipped one."""
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return [self.shipped.name, *sorted(p.name for p in found if p.is_dir() and p.name[0] != ".")]

    def chosen(self) -> Choice:
        """What is to be used. Raises Invalid when the pointer makes no sense."""
        try:
            raw: Any = json.loads(self.pointer.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Choice(self.shipped)
        except (OSError, ValueError, RecursionError):
            raw = None
        path, at = (raw.get("path"), raw.get("at", "")) if isinstance(raw, dict) else (None, None)
        if not isinstance(path, str) or "\0" in path or not isinstance(at, str):
            raise Invalid(f"{self.pointer.name} does not say which model to use")
        return Choice(Path(path), at)

    def choose(self, choice: Choice) -> None:
        """From now on this one; whoever reads meanwhile sees the old or the new, never half of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.pointer.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps({"path": str(choice.path), "at": choice.at}), encoding="utf-8")
        fresh.replace(self.pointer)

    def fetch(self, name: str, say: Say, trial: Callable[[Path], None]) -> Path:
        """Download, check and unpack a known model, and put it in its place when `trial` lets it pass.

        Raises NotFound, Unavailable, Invalid, or what `trial` raises; then the one that was there stays.
        """
        known = models_known.known(name)
        if known is None or name == models_known.SHIPPED:
            names = ", ".join(one.name for one in models_known.KNOWN if one.name != models_known.SHIPPED)
            raise NotFound(f"there is no model {name[:128]!r} to fetch; there are: {names}")
        self.folder.mkdir(parents=True, exist_ok=True)
        archive = self.folder / f".{name}.zip"
        md5 = models_fetch.published_md5(self.source, name)
        wanted = Wanted(f"{self.source}{name}.zip", int(known.size_mb * _MB * _SLACK), md5)
        sha256 = models_fetch.fetch(wanted, archive, say)
        self._compare(name, sha256, known_good=bool(md5))
        say(f"MD5 is as published: {md5}" if md5 else "no published sum could be had to check it with")
        target = self.folder / name
        try:
            models_unpack.unpack(archive, target, trial)
        finally:
            archive.unlink()
        self._remember(name, sha256, md5)
        return target

    def sums(self) -> dict[str, dict[str, str]]:
        """What was seen at each fetch."""
        try:
            raw = json.loads((self.folder / "fetched.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return raw if isinstance(raw, dict) else {}

    def _compare(self, name: str, sha256: str, *, known_good: bool) -> None:
        """Without a published sum, another file than at the first fetch is not taken silently."""
        before = self.sums().get(name, {}).get("sha256", sha256)
        if before != sha256 and not known_good:
            (self.folder / f".{name}.zip").unlink()
            raise Invalid(f"{name} is another file than at the first fetch (SHA-256 {sha256}, then {before})")

    def _remember(self, name: str, sha256: str, md5: str) -> None:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        sums = self.sums() | {name: {"sha256": sha256, "md5_published": md5, "at": at}}
        path = self.folder / "fetched.json"
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(sums, indent=2), encoding="utf-8")
        fresh.replace(path)
