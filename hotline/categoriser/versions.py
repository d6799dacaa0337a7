"""The versions' files: one folder each, and a small file that names the one in force."""

import contextlib
import hashlib
import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hotline.categoriser.learned import MAX_BYTES, Learned
from hotline.domain.errors import Invalid, Unavailable

_MAX_POINTER = 4_096
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Pointer:
    """The version in force, and the hash of its file."""

    version: int
    sha256: str


class VersionFolder:
    """`RUNTIME_DIR/categoriser`: `<version>/learned-<hash>.npz`, and `live.json`, which is watched."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def live_file(self) -> Path:
        """Changes when another version comes into force."""
        return self._folder / "live.json"

    def write(self, version: int, learned: Learned) -> str:
        """Keep a version; returns its hash. Raises Unavailable where it cannot be written."""
        raw = learned.to_bytes()
        pointer = Pointer(version, hashlib.sha256(raw).hexdigest())
        self._put(self._file(pointer), raw)
        return pointer.sha256

    def load(self, pointer: Pointer) -> Learned:
        """Raises Invalid in one line where the file is gone, damaged, or not the one that was written."""
        path = self._file(pointer)
        try:
            with path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        except OSError as problem:
            raise Invalid(f"version {pointer.version} cannot be read: {problem.strerror}") from problem
        return Learned.from_bytes(raw, pointer.sha256, f"version {pointer.version}")

    def live(self) -> Pointer | None:
        """None: the topics file alone. Raises Invalid where the small file says nothing clear."""
        try:
            with self.live_file.open("rb") as file:
                raw = json.loads(file.read(_MAX_POINTER))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError):
            raise Invalid(f"{self.live_file.name} cannot be read") from None
        version, sha256 = (raw.get("version"), raw.get("sha256")) if isinstance(raw, dict) else (None, None)
        if version == 0:
            return None
        if (
            type(version) is not int
            or version < 0
            or not isinstance(sha256, str)
            or not _SHA256.match(sha256)
        ):
            raise Invalid(f"{self.live_file.name} names no version")
        return Pointer(version, sha256)

    def put_in_force(self, pointer: Pointer | None) -> None:
        """From now on the speech process takes this one up; None is the topics file alone."""
        named = {"version": pointer.version, "sha256": pointer.sha256} if pointer else {"version": 0}
        self._put(self.live_file, json.dumps(named).encode())

    def _file(self, pointer: Pointer) -> Path:
        """Two trainings at once may make the same number; neither writes over the other's file."""
        return self._folder / str(pointer.version) / f"learned-{pointer.sha256[:16]}.npz"

    def _put(self, path: Path, raw: bytes) -> None:
        """Whole or not at all, also when the power fails in between."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(raw)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(path)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    Path(temporary).unlink()
        except OSError as problem:
            raise Unavailable(f"{path} cannot be written: {problem.strerror}") from problem
