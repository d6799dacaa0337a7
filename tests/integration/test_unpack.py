"""Packages are unpacked whole or not at all, and only when Debian's keys signed the list they are in."""

import http.server
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.setup import apt, places, unpack, wrappers
from hotline.setup.narrate import SetupFailed
from tests.support.servers import free_port


@pytest.fixture(autouse=True)
def own_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "ROOT", tmp_path / "checkout")


def package(folder: Path, name: str, files: dict[str, str]) -> Path:
    """A real Debian package."""
    source = folder / f"{name}-source"
    (source / "DEBIAN").mkdir(parents=True)
    control = f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: t <t@t.invalid>\nDescription: t\n"
    (source / "DEBIAN/control").write_text(control, encoding="utf-8")
    for path, text in files.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(text, encoding="utf-8")
        (source / path).chmod(0o755)
    target = folder / f"{name}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", source, target], check=True, capture_output=True)
    return target


def test_packages_become_one_tree_and_are_then_removed(tmp_path: Path) -> None:
    debs = [package(tmp_path, name, {f"usr/share/{name}/file": name}) for name in ("one", "two")]
    tree = unpack.tree(tmp_path / "parts" / "both", lambda: debs)
    assert (tree / "usr/share/one/file").read_text(encoding="utf-8") == "one"
    assert (tree / "usr/share/two/file").read_text(encoding="utf-8") == "two"
    assert not any(deb.exists() for deb in debs)


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "parts/there").mkdir(parents=True)

    def fetch() -> list[Path]:
        raise AssertionError("fetched")

    assert unpack.tree(tmp_path / "parts/there", fetch) == tmp_path / "parts/there"


def test_renewing_replaces_what_is_there(tmp_path: Path) -> None:
    target = tmp_path / "parts/tool"
    unpack.tree(target, lambda: [package(tmp_path, "old", {"usr/old": "1"})])
    unpack.tree(target, lambda: [package(tmp_path, "new", {"usr/new": "2"})], renew=True)
    assert not (target / "usr/old").exists()
    assert (target / "usr/new").exists()
    assert [path.name for path in target.parent.iterdir()] == ["tool"]


@pytest.mark.parametrize("cut", [0, 100, -40])
def test_a_broken_package_leaves_no_tree(tmp_path: Path, cut: int) -> None:
    whole = package(tmp_path, "whole", {"usr/bin/tool": "x" * 5000})
    broken = package(tmp_path, "broken", {"usr/bin/other": "y" * 5000})
    broken.write_bytes(broken.read_bytes()[:cut])
    with pytest.raises(SetupFailed, match=r"Unpacking broken\.deb failed"):
        unpack.tree(tmp_path / "parts" / "tool", lambda: [whole, broken])
    assert list((tmp_path / "parts").iterdir()) == []


def test_what_a_killed_set_up_left_is_swept(tmp_path: Path) -> None:
    leftover = tmp_path / "parts/.part-999-abc/root/usr"
    leftover.mkdir(parents=True)
    unpack.tree(tmp_path / "parts/tool", lambda: [package(tmp_path, "one", {"usr/a": "a"})])
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["tool"]


def test_a_wrapper_starts_the_program_of_a_tree_with_all_its_arguments(tmp_path: Path) -> None:
    tool = '#!/bin/sh\necho "$LD_LIBRARY_PATH"; for word in "$@"; do echo "[$word]"; done\n'
    deb = package(tmp_path, "tool", {"usr/bin/tool": tool, "usr/lib/x86_64-linux-gnu/pulse/libp.so": ""})
    tree = unpack.tree(tmp_path / "a folder's parts" / "tool", lambda: [deb])
    start = wrappers.write("tool", wrappers.start_lines(tree / "usr/bin/tool", tree, foreign=True))
    done = subprocess.run([start, "a b", "$HOME", "'"], capture_output=True, text=True, check=True)
    said = done.stdout.splitlines()
    assert said[0].split(":")[:2] == [
        str(tree / "usr/lib/x86_64-linux-gnu"),
        str(tree / "usr/lib/x86_64-linux-gnu/pulse"),
    ]
    assert said[1:] == ["[a b]", "[$HOME]", "[']"]


class Mirror(http.server.BaseHTTPRequestHandler):
    """A server that answers every list of packages with what the test put there."""

    answer: bytes | None = None

    def do_GET(self) -> None:
        body = type(self).answer if "Release" in self.path else None
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}/debian/"
    monkeypatch.setattr(apt, "mirror", lambda machine: address)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(folder: Path) -> list[Path]:
    return apt.Archive(folder, apt.Machine("debian", "bookworm"), "testing").fetch(("asterisk",))


RELEASE = b"Origin: Debian\nSuite: testing\nCodename: testing\nDate: Sat, 01 Nov 2025 00:00:00 UTC\nSHA256:\n"
SIGNATURE = (
    b"-----BEGIN PGP SIGNATURE-----\n\niQIzBAEBCAAdFiEEpyNohvPMyq0Uiif4\n=AAAA\n-----END PGP SIGNATURE-----\n"
)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        RELEASE,
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n" + RELEASE + SIGNATURE,
        b"<html>hotel login</html>",
        os.urandom(4096),
    ],
    ids=["empty", "unsigned", "forged", "a login page", "noise"],
)
def test_a_list_that_debian_did_not_sign_is_refused(mirror: str, tmp_path: Path, answer: bytes) -> None:
    Mirror.answer = answer
    with pytest.raises(SetupFailed, match="Reading Debian's package lists failed") as refused:
        fetch(tmp_path)
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.rglob("*.deb"))


def test_a_server_that_is_not_there_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"http://127.0.0.1:{free_port()}/debian/"
    monkeypatch.setattr(apt, "mirror", lambda machine: address)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(SetupFailed, match="the package server of this machine's configuration"):
        fetch(tmp_path)
