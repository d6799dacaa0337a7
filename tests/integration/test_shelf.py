"""The folder of attachments: files come in piece by piece, by their content, and refused ones leave nothing."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.domain.errors import Invalid, NotFound, Unavailable
from hotline.storage.shelf import FileShelf
from tests.support import files

LIMIT = 1024 * 1024


@pytest.fixture
def shelf(tmp_path: Path) -> FileShelf:
    return FileShelf(tmp_path / "attachments")


def left(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def reader(data: bytes) -> Callable[[int], bytes]:
    return io.BytesIO(data).read


def test_a_kept_file_is_found_by_its_hash_until_nobody_uses_it(shelf: FileShelf, tmp_path: Path) -> None:
    data = files.png() + b"\x00" * 200_000
    for _ in range(2):
        with shelf.receive(reader(data), LIMIT) as received:
            assert (received.size, shelf.kind_of(received)) == (len(data), "image/png")
            shelf.keep(received)
    sha256 = hashlib.sha256(data).hexdigest()
    assert shelf.path(sha256).read_bytes() == data
    assert left(tmp_path) == [shelf.path(sha256)]
    assert shelf.path(sha256).parent.stat().st_mode & 0o077 == 0
    assert shelf.sweep(lambda name: False, older_than_s=3600) == 0
    assert shelf.sweep(lambda name: name == sha256, older_than_s=-60) == 0
    assert shelf.sweep(lambda name: False, older_than_s=-60) == 1
    assert shelf.sweep(lambda name: False, older_than_s=-60) == 0
    with pytest.raises(NotFound):
        shelf.path(sha256)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (files.PDF, "application/pdf"),
        (files.png(), "image/png"),
        (files.DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (files.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_a_file_is_what_is_in_it(shelf: FileShelf, data: bytes, kind: str) -> None:
    with shelf.receive(reader(data), LIMIT) as received:
        assert shelf.kind_of(received) == kind


@pytest.mark.parametrize(
    "data",
    [
        files.PROGRAM, files.ELF, files.SCRIPT, files.PAGE, files.PICTURE_THAT_RUNS, files.MACROS,
        files.packed("a.exe"), files.packed("META-INF/MANIFEST.MF", "a.class"), b"PK\x03\x04broken", b"x",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 3000, files.packed("../../x", "word/document.xml"),
    ],
)  # fmt: skip
def test_what_runs_or_is_unknown_is_refused(shelf: FileShelf, tmp_path: Path, data: bytes) -> None:
    with pytest.raises(Invalid) as refused, shelf.receive(reader(data), LIMIT) as received:
        shelf.kind_of(received)
    assert refused.value.reason == "kind"
    assert left(tmp_path) == []


def test_too_much_is_refused_before_it_is_all_read(shelf: FileShelf, tmp_path: Path) -> None:
    given = 0

    def endless(size: int) -> bytes:
        nonlocal given
        given += size
        return b"x" * size

    with pytest.raises(Invalid) as refused, shelf.receive(endless, LIMIT):
        pass
    assert (refused.value.reason, left(tmp_path)) == ("too_large", [])
    assert given < 2 * LIMIT


def test_a_sender_who_goes_away_leaves_nothing(shelf: FileShelf, tmp_path: Path) -> None:
    pieces = iter([b"x" * 1000])

    def broken(_size: int) -> bytes:
        try:
            return next(pieces)
        except StopIteration:
            raise ConnectionResetError(104, "gone") from None

    with pytest.raises(Unavailable), shelf.receive(broken, LIMIT):
        pass
    with pytest.raises(Invalid, match="empty"), shelf.receive(reader(b""), LIMIT):
        pass
    assert left(tmp_path) == []
