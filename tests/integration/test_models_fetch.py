"""Models over a real HTTP server that cuts connections, lies, and changes its mind; archives that are traps."""

import hashlib
import io
import json
import stat
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from hotline.domain.errors import HotlineError, Invalid, NotFound, Unavailable
from hotline.speech import models_unpack
from hotline.speech.models_fetch import Wanted, fetch, published_md5
from hotline.speech.models_store import ModelStore
from hotline.speech.models_unpack import unpack

NAME = "vosk-model-small-cn-0.22"
WHOLE = {"am/final.mdl": b"m" * 400_000, "conf/mfcc.conf": b"c", "graph/HCLr.fst": b"g" * 300_000}


def archive(files: dict[str, bytes], top: str = NAME + "/") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in files.items():
            target.writestr(top + name, content)
    return buffer.getvalue()


class Host(BaseHTTPRequestHandler):
    """Does what `ways` says at each request for the archive, then behaves."""

    body: ClassVar[bytes] = b""
    md5: ClassVar[str | None] = None
    ways: ClassVar[list[str]] = []
    ranges: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        if self.path.endswith(".json"):
            rows = [{"name": NAME, "md5": self.md5}] if self.md5 is not None else "?"
            return self._send(200, json.dumps(rows).encode())
        way = self.ways.pop(0) if self.ways else "good"
        self.ranges.append(self.headers.get("Range"))
        tag = f'"{hashlib.sha256(self.body).hexdigest()[:8]}"'
        start = 0
        if self.headers.get("Range") and self.headers.get("If-Range") == tag and way != "ignores range":
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        rest = self.body[start:]
        headers = {"ETag": tag}
        if start:
            headers["Content-Range"] = f"bytes {start + (way == 'other part')}-{len(self.body) - 1}/*"
        status = 206 if start else 200
        match way:
            case "gone":
                return self._send(404, b"")
            case "broken":
                return self._send(500, b"")
            case "cut":
                return self._send(status, rest[: len(rest) // 2], len(rest), headers)
            case "lies":
                return self._send(status, rest, len(rest) + 1_000, headers)
            case "short":
                return self._send(status, rest, len(rest) - 1_000, headers)
        self._send(status, rest, len(rest), headers)

    def _send(
        self, status: int, data: bytes, told: int | None = None, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data) if told is None else told))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def host() -> Iterator[str]:
    Host.body, Host.md5, Host.ways, Host.ranges = archive(WHOLE), None, [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def fetched(host: str, tmp_path: Path, md5: str = "", most: int = 2_000_000) -> Path:
    target = tmp_path / "model.zip"
    sha256 = fetch(Wanted(host + NAME + ".zip", most, md5), target, lambda text: None, pause_s=0)
    assert sha256 == hashlib.sha256(target.read_bytes()).hexdigest()
    return target


def test_it_goes_on_where_it_was_cut(host: str, tmp_path: Path) -> None:
    Host.ways = ["cut", "broken", "cut", "lies"]
    assert fetched(host, tmp_path).read_bytes() == Host.body
    half = len(Host.body) // 2
    assert Host.ranges[:4] == [
        None,
        f"bytes={half}-",
        f"bytes={half}-",
        f"bytes={half + (len(Host.body) - half) // 2}-",
    ]
    assert list(tmp_path.iterdir()) == [tmp_path / "model.zip"]


def test_what_came_stays_for_the_next_time(host: str, tmp_path: Path) -> None:
    Host.ways = ["cut", "gone"]
    with pytest.raises(Unavailable, match="Not Found"):
        fetched(host, tmp_path)
    assert (tmp_path / "model.zip.part").stat().st_size > 0 and not (tmp_path / "model.zip").exists()
    assert fetched(host, tmp_path).read_bytes() == Host.body and Host.ranges[-1] is not None


@pytest.mark.parametrize("way", ["ignores range", "other part"])
def test_a_host_that_cannot_continue(host: str, tmp_path: Path, way: str) -> None:
    Host.ways = ["cut", way]
    assert fetched(host, tmp_path).read_bytes() == Host.body


def test_a_file_that_changed_meanwhile_is_begun_again(host: str, tmp_path: Path) -> None:
    Host.ways = ["cut", "gone"]
    with pytest.raises(Unavailable):
        fetched(host, tmp_path)
    Host.body = archive(WHOLE | {"README": b"another one"})
    assert fetched(host, tmp_path).read_bytes() == Host.body


def test_a_host_that_always_lies_about_the_length(host: str, tmp_path: Path) -> None:
    Host.ways = ["lies"] * 20
    with pytest.raises(HotlineError):
        fetched(host, tmp_path)
    assert not (tmp_path / "model.zip").exists()


def test_less_than_the_whole_has_the_wrong_sum(host: str, tmp_path: Path) -> None:
    Host.ways = ["short"]
    with pytest.raises(Invalid, match="MD5"):
        fetched(host, tmp_path, md5=hashlib.md5(Host.body).hexdigest())
    assert not list(tmp_path.iterdir()), "nothing of it is kept"
    assert fetched(host, tmp_path, md5=hashlib.md5(Host.body).hexdigest())


def test_more_than_expected_is_not_taken(host: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="more than"):
        fetched(host, tmp_path, most=10_000)
    assert not (tmp_path / "model.zip").exists()


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="refused"):
        fetched("http://127.0.0.1:1/", tmp_path)
    with pytest.raises(Invalid, match="https"):
        fetched("ftp://127.0.0.1/", tmp_path)


@pytest.mark.parametrize("told", [None, "", "zz", "x" * 32, "abc\n"])
def test_a_list_that_tells_no_sum(host: str, told: str | None) -> None:
    Host.md5 = told
    assert published_md5(host, NAME) == "" and published_md5("http://127.0.0.1:1/", NAME) == ""


def a_store(host: str, tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models", tmp_path / "shipped-model", host)


def passes(fresh: Path) -> None:
    """A trial that every model stands."""


def test_a_model_is_fetched_checked_and_remembered(host: str, tmp_path: Path) -> None:
    Host.md5 = hashlib.md5(Host.body).hexdigest()
    store, said = a_store(host, tmp_path), []
    folder = store.fetch(NAME, said.append, passes)
    assert (folder / "am/final.mdl").read_bytes() == WHOLE["am/final.mdl"]
    assert store.installed() == ["shipped-model", NAME] and "as published" in said[-1]
    assert store.sums()[NAME]["sha256"] == hashlib.sha256(Host.body).hexdigest()
    assert not list(store.folder.glob(".*"))


def test_without_a_published_sum_another_file_than_before_is_refused(host: str, tmp_path: Path) -> None:
    store, said = a_store(host, tmp_path), []
    store.fetch(NAME, said.append, passes)
    assert "no published sum" in said[-1]
    before = (store.folder / NAME / "am/final.mdl").read_bytes()
    Host.body = archive(WHOLE | {"am/final.mdl": b"other"})
    with pytest.raises(Invalid, match="another file than at the first fetch"):
        store.fetch(NAME, said.append, passes)
    assert (store.folder / NAME / "am/final.mdl").read_bytes() == before


def test_one_that_does_not_stand_its_trial_leaves_the_one_that_is_there(host: str, tmp_path: Path) -> None:
    Host.md5 = hashlib.md5(Host.body).hexdigest()
    store = a_store(host, tmp_path)
    mine = store.fetch(NAME, print, passes) / "am/final.mdl"
    sums, Host.body = store.sums(), archive(WHOLE | {"am/final.mdl": b"other"})
    Host.md5 = hashlib.md5(Host.body).hexdigest()

    def fails(fresh: Path) -> None:
        assert (fresh / "am/final.mdl").read_bytes() == b"other" and mine.read_bytes() != b"other"
        raise Unavailable("it does not load")

    with pytest.raises(Unavailable, match="does not load"):
        store.fetch(NAME, print, fails)
    assert mine.read_bytes() == WHOLE["am/final.mdl"] and store.sums() == sums
    assert not list(store.folder.glob(".*"))
    store.fetch(NAME, print, passes)
    assert mine.read_bytes() == b"other" and not list(store.folder.glob(".*"))


def test_while_it_is_exchanged_there_is_always_one(tmp_path: Path) -> None:
    """A worker's nursery that is born in that moment reads the folder."""
    (tmp_path / "a.zip").write_bytes(archive({name: b"x" for name in WHOLE}))
    unpack(tmp_path / "a.zip", tmp_path / "model", passes)
    model, looks, done = tmp_path / "model/am/final.mdl", [], threading.Event()

    def look() -> None:
        while not done.is_set():
            looks.append(model.exists())

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(300):
        unpack(tmp_path / "a.zip", tmp_path / "model", passes)
    done.set()
    looking.join()
    assert all(looks)


def test_an_unknown_name(host: str, tmp_path: Path) -> None:
    for name in ("nothing", "../etc", "hotline-synthetic-cn", "", "x" * 10_000):
        with pytest.raises(NotFound, match="there are: vosk-model-small-cn"):
            a_store(host, tmp_path).fetch(name, print, passes)


def trap(name: str, kind: int = 0, content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = kind << 16
        target.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04" + b"x" * 500,
        archive(WHOLE)[:-30],
        trap("../../outside"),
        trap("/outside"),
        trap("..\\outside"),
        trap("c:/outside"),
        trap("m/link", stat.S_IFLNK | 0o777, b"/etc/passwd"),
        trap("m/pipe", stat.S_IFIFO | 0o666),
        archive({f"{n}": b"" for n in range(600)}),
        archive({k: v for k, v in WHOLE.items() if k != "am/final.mdl"}),
        archive(WHOLE | {"graph/HCLr.fst": b""}),
    ],
)
def test_traps_leave_nothing_behind(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(Invalid):
        unpack(tmp_path / "a.zip", tmp_path / "model", passes)
    assert [p.name for p in tmp_path.iterdir()] == ["a.zip"] and not (tmp_path.parent / "outside").exists()


def test_a_bomb_is_stopped_while_it_goes_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models_unpack, "LEAST_ALLOWED", 1_000_000)
    (tmp_path / "a.zip").write_bytes(trap("m/bomb", content=bytes(5_000_000)))
    with pytest.raises(Invalid, match="more than"):
        unpack(tmp_path / "a.zip", tmp_path / "model", passes)


def test_a_folder_that_was_there_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/old").write_text("old")
    (tmp_path / "a.zip").write_bytes(trap("../x"))
    with pytest.raises(Invalid):
        unpack(tmp_path / "a.zip", tmp_path / "model", passes)
    assert (tmp_path / "model/old").exists()
    (tmp_path / "a.zip").write_bytes(archive(WHOLE, top=""))
    unpack(tmp_path / "a.zip", tmp_path / "model", passes)
    assert not (tmp_path / "model/old").exists() and (tmp_path / "model/am/final.mdl").exists()
