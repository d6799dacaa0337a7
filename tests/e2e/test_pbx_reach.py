"""What the outside can reach: the hotline and the merged lines, and nothing else; and what a caller can say he is."""

import asyncio
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.setup import parts
from hotline.telephony.citizen import At, CitizenCall, CitizenOutcome, EndedBy, Step, place_call
from hotline.telephony.render import read_lines
from hotline.telephony.sip_message import build
from tests.support.ami_tap import Tap
from tests.support.citizens import Citizen
from tests.support.pbx import Pbx, free_port
from tests.support.servers import wait_until
from tests.support.short_prompts import shorten
from tests.support.sip_peer import SipPeer

LINES = read_lines()["line"]
LOOPBACK = "127.0.0.1"
SHORT = At(step=Step.GREETING, after_s=0.2)


@pytest.fixture(scope="module")
def pbx() -> Iterator[Pbx]:
    ours = Pbx.prepare()
    shorten(ours)
    try:
        ours.start()
        yield ours
    finally:
        ours.remove()


@pytest.fixture
def tap(pbx: Pbx) -> Iterator[Tap]:
    with Tap(pbx) as eyes:
        yield eyes
    wait_until(lambda: not pbx.channels(), "no channel left")


def call(pbx: Pbx, number: str = "12341", **options: object) -> CitizenOutcome:
    values = {"from_number": "13800000001", "hang_up": SHORT, "limit_s": 20.0}
    citizen = CitizenCall(server=pbx.sip, number=number, **(values | options))  # type: ignore[arg-type]
    return asyncio.run(place_call(citizen))


def log_of(pbx: Pbx) -> str:
    return (pbx.settings.runtime_dir / "asterisk/log/messages").read_text(errors="replace")


def test_a_start_leaves_no_warning(pbx: Pbx) -> None:
    """Looks at the log before the first call; the module's fixture has just started."""
    assert re.findall(r"WARNING|ERROR|NOTICE", log_of(pbx)) == []
    assert not re.findall(r"WARNING|ERROR", (pbx.folder / "asterisk.out").read_text())


def test_only_loopback_is_listened_on(pbx: Pbx) -> None:
    """The SIP library's name resolver has sockets of its own for the answers of name servers; they listen to nobody."""
    assert pbx.process is not None
    settings = pbx.settings
    assert listening(pbx.process.pid, "tcp") == {
        settings.ami_port: LOOPBACK,
        settings.pbx_http_port: LOOPBACK,
    }
    assert listening(pbx.process.pid, "tcp6") == {}
    assert listening(pbx.process.pid, "udp")[settings.sip_port] == LOOPBACK


def test_the_callers_sound_has_a_port_on_loopback_only(pbx: Pbx, tap: Tap) -> None:
    before = listening(pbx.process.pid, "udp") if pbx.process else {}
    with Citizen(pbx):
        tap.wait("HotlineArrived")
        wait_until(lambda: new_ports(pbx, before), "a port for the caller's sound")
        assert set(new_ports(pbx, before).values()) == {LOOPBACK}


def new_ports(pbx: Pbx, before: dict[int, str]) -> dict[int, str]:
    assert pbx.process is not None
    return {port: host for port, host in listening(pbx.process.pid, "udp").items() if port not in before}


def listening(pid: int, kind: str) -> dict[int, str]:
    """Ports a process listens on (TCP) or is bound to (UDP), with their addresses, as the kernel has them."""
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    ours = {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:")}
    found: dict[int, str] = {}
    for row in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]:
        fields = row.split()
        if fields[3] == ("0A" if kind.startswith("tcp") else "07") and fields[9] in ours:
            host, port = fields[1].split(":")
            found[int(port, 16)] = ".".join(str(byte) for byte in reversed(bytes.fromhex(host)[:4]))
    return found


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["number"])
def test_a_merged_line_brings_its_hint(pbx: Pbx, tap: Tap, line: dict[str, str]) -> None:
    outcome = call(pbx, line["number"], hang_up=At(step=Step.GREETING, after_s=2.0))
    came = tap.wait("HotlineArrived", Line=line["number"])
    assert (came["Hint"], came["From"], came["CallId"]) == (line["queue"], "13800000001", outcome.call_id)
    joined = tap.wait("QueueCallerJoin")
    assert joined["Queue"] == "q_general", "all wait in one line"
    assert joined["HOTLINE_QUEUE"] == line["queue"]


@pytest.mark.parametrize(
    "number",
    ["10086", "110", "12342", "123411", "+8612341", "00112341", "*8", "#1", "1", "9" * 64, "85812341"],
)
def test_any_other_number_is_not_in_service(pbx: Pbx, tap: Tap, number: str) -> None:
    outcome = call(pbx, number, hang_up=None, keep_sound=True)
    assert (outcome.status, outcome.ended_by) == (404, EndedBy.REFUSED)
    assert Step.GREETING not in outcome.steps
    assert not tap.find("HotlineArrived")


@pytest.mark.parametrize(
    "user",
    [
        "seat01",
        "sup01",
        "s",
        "h",
        "i",
        "t",
        "T",
        "add",
        "trunk",
        "arrive",
        "wait",
        "%31%32345",
        "12341;x",
    ],
)
def test_a_name_inside_the_dialplan_is_no_number(pbx: Pbx, tap: Tap, user: str) -> None:
    assert raw_invite(pbx, user) in (404, 484, 400, 416)
    assert not tap.find("HotlineArrived")


def raw_invite(pbx: Pbx, user: str) -> int:
    """The final status of an INVITE to a user no telephone could dial."""

    async def ask() -> int:
        telephone = await SipPeer("outside").open("127.0.0.2")
        try:
            await telephone.call(user, pbx.sip)
        except ConnectionError as refused:
            return int(str(refused).split()[-1])
        finally:
            telephone.close()
        return 200

    return asyncio.run(ask())


def test_a_stranger_is_refused(pbx: Pbx, tap: Tap) -> None:
    for number in ("12341", "seat01"):
        assert call(pbx, "12341", local_host="127.0.0.3").status == 401, number
    assert not tap.find("Newchannel")


@pytest.mark.parametrize(
    "method", ["REFER", "SUBSCRIBE", "MESSAGE", "REGISTER", "PUBLISH", "NOTIFY", "INFO", "NONSENSE"]
)
def test_no_other_request_does_anything(pbx: Pbx, tap: Tap, method: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as telephone:
        telephone.bind(("127.0.0.2", 0))
        telephone.settimeout(3)
        port = telephone.getsockname()[1]
        headers = (
            ("Via", f"SIP/2.0/UDP 127.0.0.2:{port};branch=z9hG4bK{method}"),
            ("From", "<sip:13800000001@127.0.0.2>;tag=a"),
            ("To", f"<sip:12341@{pbx.sip[0]}>"),
            ("Call-ID", f"{method}-outside"),
            ("CSeq", f"1 {method}"),
            ("Contact", f"<sip:x@127.0.0.2:{port}>"),
            ("Max-Forwards", "70"),
            ("Event", "dialog"),
            ("Refer-To", "<sip:10086@127.0.0.1>"),
        )
        telephone.sendto(build(f"{method} sip:12341@{pbx.sip[0]} SIP/2.0", headers), pbx.sip)
        status = int(telephone.recv(65536).split()[1])
    assert 400 <= status < 700
    assert not tap.find("Newchannel")


def test_a_caller_cannot_move_a_call(pbx: Pbx, tap: Tap) -> None:
    """REFER inside a call, and keys that are transfers in other exchanges."""
    keys = tuple((At(step=Step.GREETING, after_s=1.5 + n / 4), key) for n, key in enumerate("#1*2##*0"))
    with_keys = call(pbx, keys=keys, hang_up=At(step=Step.GREETING, after_s=5))
    assert with_keys.ended_by is EndedBy.CITIZEN
    assert {event["Context"] for event in tap.find("Newchannel")} == {"from-outside"}
    assert not [event for event in tap.events if "Transfer" in event["Event"] or "Park" in event["Event"]]


GARBAGE = [
    b"",
    b"\0" * 40,
    b"\r\n\r\n",
    b"INVITE",
    b"INVITE sip:12341@127.0.0.1 SIP/2.0\r\n\r\n",
    b"SIP/2.0 200 OK\r\n\r\n",
    b"\xff" * 1400,
    b"GET / HTTP/1.1\r\n\r\n",
    b"INVITE sip:12341@127.0.0.1 SIP/2.0\r\n" + b"Via: x\r\n" * 2000,
    b"INVITE sip:" + b"1" * 60000 + b"@127.0.0.1 SIP/2.0\r\n\r\n",
]


@pytest.mark.parametrize("source", ["127.0.0.2", "127.0.0.3"])
def test_garbage_does_not_hurt(pbx: Pbx, source: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind((source, 0))
        for garbage in GARBAGE:
            stranger.sendto(garbage, pbx.sip)
    assert call(pbx).status == 200


HOSTILE = {
    "quotes": '"a\\"b" <sip:138"00000001@127.0.0.2>',
    "injection": '"x\\r\\nEvent: Hangup" <sip:13800000002@127.0.0.2>',
    "dialplan": '"${SHELL(id)}" <sip:${EXTEN},1)$[1+1]@127.0.0.2>',
    "long": f'"{"名" * 100}" <sip:{"1" * 300}@127.0.0.2>',
    "chinese": '"张三" <sip:%E5%BC%A0@127.0.0.2>',
    "letters": "<sip:seat01@127.0.0.2>",
    "percent": "<sip:138%0d%0aX-Evil%3a1@127.0.0.2>",
    "empty": "<sip:@127.0.0.2>",
    "no user": "<sip:127.0.0.2>",
    "plus": "<sip:+8613800000001@127.0.0.2;user=phone>",
    "tel": "<tel:+86-138-0000-0001>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_caller_id_is_only_a_number(pbx: Pbx, tap: Tap, name: str) -> None:
    outcome = call(pbx, sender=HOSTILE[name])
    if outcome.status != 200:  # not SIP any more: refused, and nothing happened
        assert outcome.status in (0, 400, 416) and not tap.find("HotlineArrived")
        return
    came = tap.wait("HotlineArrived", CallId=outcome.call_id or "")
    assert re.fullmatch(r"[0-9+*#]{0,32}", came.get("From", ""))
    assert "Evil" not in str(tap.events) and "uid=" not in str(tap.events)
    wait_until(lambda: outcome.call_id in pbx.cdr.read_text(), "a record of the call")
    row = next(row for row in pbx.cdr.read_text().splitlines() if str(outcome.call_id) in row)
    assert len(row[1:-1].split('","')) == 12


@pytest.mark.parametrize(
    "options",
    [
        {"from_number": None},
        {"headers": (("Privacy", "id"),)},
        {"sender": '"Anonymous" <sip:anonymous@anonymous.invalid>'},
        {"from_number": None, "headers": (("P-Asserted-Identity", "<sip:13800000007@127.0.0.2>"),)},
    ],
    ids=["withheld", "privacy", "anonymous", "asserted but withheld"],
)
def test_a_withheld_number_stays_withheld(pbx: Pbx, tap: Tap, options: dict[str, object]) -> None:
    outcome = call(pbx, **options)
    assert outcome.status == 200
    came = tap.wait("HotlineArrived", CallId=outcome.call_id or "")
    assert came.get("From", "") == ""
    wait_until(lambda: str(outcome.call_id) in pbx.cdr.read_text(), "a record of the call")
    row = next(row for row in pbx.cdr.read_text().splitlines() if str(outcome.call_id) in row)
    assert "1380000000" not in row


def test_the_carrier_knows_better_who_calls(pbx: Pbx, tap: Tap) -> None:
    outcome = call(pbx, headers=(("P-Asserted-Identity", "<sip:13800000008@127.0.0.2>"),))
    assert tap.wait("HotlineArrived", CallId=outcome.call_id or "")["From"] == "13800000008"


def test_no_number_is_in_the_log(pbx: Pbx) -> None:
    """After all of the above."""
    assert "1380000" not in log_of(pbx)
    assert "12341" not in log_of(pbx).replace(f"{pbx.settings.runtime_dir}", "")
    assert "1380000" not in (pbx.folder / "asterisk.out").read_text(errors="replace")


@pytest.mark.parametrize("step", ["calling", "greeting"])
def test_a_hang_up_at_any_step_is_clean(pbx: Pbx, tap: Tap, step: str) -> None:
    for after_s in (0.0, 0.05, 0.5, 1.2):
        call(pbx, hang_up=At(step=Step(step), after_s=after_s))
    wait_until(lambda: not pbx.channels(), "no channel left")
    arrived = {event["CallId"] for event in tap.find("HotlineArrived")}
    wait_until(lambda: all(call_id in pbx.cdr.read_text() for call_id in arrived), "a record of each call")


def test_ten_calls_of_another_telephone_all_reach_the_queue(pbx: Pbx, tap: Tap) -> None:
    """SIPp knows nothing of us; its callers send no sound at all."""
    scenario = Path(__file__).parents[1] / "support/sipp/citizen.xml"
    command = [
        parts.find("sipp").executable,
        "-sf",
        str(scenario),
        "-s",
        "12341",
        "-i",
        "127.0.0.2",
        "-m",
        "10",
    ]
    command += [
        "-r",
        "5",
        "-p",
        str(free_port(socket.SOCK_DGRAM)),
        "-timeout",
        "30",
        f"{pbx.sip[0]}:{pbx.sip[1]}",
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, cwd=pbx.folder)
    assert done.returncode == 0, done.stdout[-2000:]
    assert len(tap.find("HotlineArrived")) == 10
    assert len(tap.find("QueueCallerJoin")) == 10
