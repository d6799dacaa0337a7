"""Ports that are taken, a hotline that runs already, a folder that cannot be written: one sentence each."""

import os
import socket
from pathlib import Path

import pytest

from hotline.domain.errors import Conflict, Unavailable
from hotline.settings import PORT_KEYS, Settings
from hotline.supervision import ground
from tests.support.servers import free_port


def settings(folder: Path, **ports: int) -> Settings:
    chosen = {key: free_port() for key in PORT_KEYS if not key.startswith("RTP")} | ports
    env = {f"HOTLINE_{key}": str(port) for key, port in chosen.items()}
    return Settings.from_env({**env, "HOTLINE_RUNTIME_DIR": str(folder)})


def test_free_ports_are_no_news(tmp_path: Path) -> None:
    ground.check_ports(settings(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_every_taken_port_is_named_with_its_setting(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as web,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip,
    ):
        sip.bind(("127.0.0.1", 0))
        taken = {"WEB_PORT": web.getsockname()[1], "SIP_PORT": sip.getsockname()[1]}
        with pytest.raises(Conflict) as refused:
            ground.check_ports(settings(tmp_path, **taken))
    assert f"{taken['WEB_PORT']} (HOTLINE_WEB_PORT), {taken['SIP_PORT']} (HOTLINE_SIP_PORT)" in str(
        refused.value
    )
    assert "\n" not in str(refused.value)


def test_an_address_that_is_not_ours_counts_as_taken(tmp_path: Path) -> None:
    assert not ground.can_bind("192.0.2.1", free_port(), socket.SOCK_STREAM)


def test_a_redis_of_somebody_else_needs_no_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_REDIS_URL", "redis://127.0.0.1:1/0")
    assert "HOTLINE_REDIS_PORT" not in ground.tcp_ports(settings(tmp_path))


def test_one_folder_one_hotline(tmp_path: Path) -> None:
    with (
        ground.only_one(tmp_path),
        pytest.raises(Conflict, match=rf"running already .*process {os.getpid()}"),
        ground.only_one(tmp_path),
    ):
        raise AssertionError("two at once")
    with ground.only_one(tmp_path):  # and free again
        assert (tmp_path / "hotline.lock").exists()


@pytest.mark.parametrize("place", ["/dev/null/run", "/proc/hotline"])
def test_a_folder_that_cannot_be_written_is_named(place: str) -> None:
    with (
        pytest.raises(Unavailable, match=f"HOTLINE_RUNTIME_DIR {place} cannot be written"),
        ground.only_one(Path(place)),
    ):
        raise AssertionError("it was written")
