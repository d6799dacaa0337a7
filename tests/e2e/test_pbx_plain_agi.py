"""The AGI scripts as Asterisk starts a plain program: `AGI(/path/greet.py)`, in its own bare environment."""

from collections.abc import Iterator

import pytest

from hotline.live.channel import connect
from hotline.settings import CHECKOUT
from tests.support.ami_tap import Tap
from tests.support.patience import PATIENCE_S
from tests.support.pbx import Pbx
from tests.support.servers import RedisServer, running_redis

CALL = "4bb68cf6-9cc0-4b22-922b-efad6dc16114"
DIALPLAN = f"""
[plain-agi]
exten => s,1,Answer()
 same => n,Set(HOTLINE_CALL_ID={CALL})
 same => n,AGI({CHECKOUT}/agi_scripts/greet.py)
 same => n,UserEvent(PlainAgi,Status:${{AGISTATUS}},Expected:${{HOTLINE_EXPECTED}})
"""


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture
def pbx(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pbx]:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("HOTLINE_REDIS_URL", redis.url)
    ours = Pbx.prepare()
    plan = ours.settings.runtime_dir / "asterisk/etc/extensions.conf"
    plan.write_text(plan.read_text() + DIALPLAN)
    try:
        ours.start()
        yield ours
    finally:
        ours.remove()


def test_asterisk_runs_a_script_by_its_path(pbx: Pbx, redis: RedisServer) -> None:
    connect(redis.url).set("hotline:alive:speech", "{}")
    with Tap(pbx) as tap:
        pbx.ami(
            "Action: Originate\r\nChannel: Local/s@plain-agi\r\nApplication: Wait\r\nData: 60\r\nAsync: true"
        )
        said = tap.wait("PlainAgi", PATIENCE_S)
    assert (said["Status"], said["Expected"]) == ("SUCCESS", "1")
    assert connect(redis.url).get(f"hotline:expect:{CALL}")
