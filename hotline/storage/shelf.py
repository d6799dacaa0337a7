"""Files in a folder, named by the hash of what is in them, and judged by their content."""

import hashlib
import os
import secrets
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import filetype

from hotline.domain.attachments import KINDS
from hotline.domain.errors import Invalid, NotFound, Unavailable
from hotline.services.ports_attachments import Read, Received

PIECE = 64 * 1024
HEAD = 8 * 1024  # the signatures are in it
MOST_ENTRIES = 20_000  # of a document that is a ZIP inside
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OFFICE_FOLDERS = {
    "word/": f"{_OFFICE}wordprocessingml.document",
    "xl/": f"{_OFFICE}spreadsheetml.sheet",
    "ppt/": f"{_OFFICE}presentationml.presentation",
}


class FileShelf:
    """Implements Shelf."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def receive(self, read: Read, largest: int) -> Iterator[Received]:
        waiting = self._folder / "incoming"
        path = waiting / secrets.token_hex(16)
        try:
            waiting.mkdir(parents=True, exist_ok=True, mode=0o700)
            yield self._write(path, read, largest)
        except OSError as problem:
            raise Unavailable(f"the file cannot be kept: {problem.strerror}") from None
        finally:
            path.unlink(missing_ok=True)

    def _write(self, path: Path, read: Read, largest: int) -> Received:
        digest, size = hashlib.sha256(), 0
        with path.open("xb") as file:
            while piece := read(PIECE):
                size += len(piece)
                if size > largest:
                    raise Invalid(f"a file has at most {largest // 2**20} MB", "too_large")
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if not size:
            raise Invalid("the file is empty", "empty")
        return Received(path=path, sha256=digest.hexdigest(), size=size)

    def kind_of(self, received: Received) -> str:
        with received.path.open("rb") as file:
            head = file.read(HEAD)
        kind = _document_kind(received.path) if head.startswith(b"PK") else filetype.guess_mime(head)
        if kind not in KINDS:
            raise Invalid(
                "this kind of file is not accepted: send pictures, PDF, documents, sound or film", "kind"
            )
        return str(kind)

    def keep(self, received: Received) -> None:
        kept = self._place(received.sha256)
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.utime(received.path)  # brought now: nobody sweeps it away before its row is there
        received.path.replace(kept)

    def path(self, sha256: str) -> Path:
        kept = self._place(sha256)
        if not kept.is_file():
            raise NotFound("the file is not there")
        return kept

    def sweep(self, in_use: Callable[[str], bool], older_than_s: float) -> int:
        before, gone = time.time() - older_than_s, 0
        for path in self._folder.glob("*/*"):
            name = path.name
            waits = path.parent.name == "incoming"
            if path.stat().st_mtime < before and (waits or not in_use(name)):
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256


def _document_kind(path: Path) -> str | None:
    """Of a ZIP: a document without macros, or nothing we take."""
    try:
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError):
        return None
    if len(names) > MOST_ENTRIES or "[Content_Types].xml" not in names:
        return None
    if any(name.rpartition("/")[2].lower() == "vbaproject.bin" for name in names):
        return None
    return next(
        (kind for folder, kind in _OFFICE_FOLDERS.items() if any(n.startswith(folder) for n in names)), None
    )
