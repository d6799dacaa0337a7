"""Which server is chosen, and what is said where there is none."""

from pathlib import Path

import pytest

from hotline.setup import apt
from hotline.setup.narrate import SetupFailed


def test_the_server_of_the_machines_own_release_is_chosen() -> None:
    listing = (
        "bookworm-security http://security.invalid/debian-security/\n"
        "bookworm http://mirror.invalid/debian/\n"
        "bookworm-updates http://other.invalid/debian/\n"
    )
    assert apt.choose_mirror(listing, "bookworm") == "http://mirror.invalid/debian/"


@pytest.mark.parametrize("suite", ["stable", "testing", "sid"])
def test_a_suite_may_be_named_by_its_class(suite: str) -> None:
    assert apt.choose_mirror(f"{suite} https://mirror.invalid/debian/\n", "bookworm").startswith("https://")


@pytest.mark.parametrize(
    "listing",
    [
        "",
        "\n\n",
        "bookworm",
        "bookworm cdrom:[Debian 12]/",
        "bookworm file:/srv/debian/",
        "bookworm-security http://security.invalid/debian-security/",
        "bookworm javascript:alert(1)",
        "\x00\xff",
    ],
)
def test_no_server_is_one_sentence(listing: str) -> None:
    with pytest.raises(SetupFailed, match="knows no Debian server"):
        apt.choose_mirror(listing, "bookworm")


def test_os_release_is_read(tmp_path: Path) -> None:
    file = tmp_path / "os-release"
    file.write_text('ID="debian"\nNAME=\nbroken line\nVERSION_CODENAME=bookworm\n', encoding="utf-8")
    assert apt.Machine.read(file) == apt.Machine("debian", "bookworm")


def test_a_machine_without_os_release_has_no_name(tmp_path: Path) -> None:
    assert apt.Machine.read(tmp_path / "missing") == apt.Machine("", "")


def test_a_missing_keyring_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt, "DEBIAN_KEYRING", tmp_path / "no-keyring.gpg")
    archive = apt.Archive(tmp_path / "cache", apt.Machine("debian", "bookworm"), "testing")
    with pytest.raises(SetupFailed, match="debian-archive-keyring"):
        archive.fetch(("asterisk",))


def test_without_apt_the_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupFailed, match="no apt-get here"):
        apt.Archive(tmp_path / "cache", apt.Machine("other", "")).fetch(("asterisk",))


def test_root_may_be_forbidden_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(apt, "available", lambda: True)
    assert apt.may_install()
    monkeypatch.setenv("HOTLINE_INSTALL", "no")
    assert not apt.may_install()


def test_a_user_never_installs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert not apt.may_install()
