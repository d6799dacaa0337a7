"""The first call's figures: set-up, end of sentence to suggestions, ringing to paint, memory.

Calls come in over SIP like a trunk's, are heard, ring a seat in Chromium, are answered and hung up, and their
tickets saved.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from bench import results
from hotline.settings import CHECKOUT
from hotline.speech.pcm import read_wav
from hotline.speech.synth_voice import say_to_wav
from hotline.telephony.citizen import CitizenCall, CitizenOutcome, place_call
from tests.support.browser import SeatPage, running_chromium
from tests.support.pbx import free_port
from tests.support.servers import wait_until
from tests.support.stack import PORTS, Stack

CALLS = int(os.environ.get("BENCH_CALLS", "24"))
PROCESSES = ("redis", "pbx", "speech", "switch", "web", "clock")
SENTENCES = (
    "人民路停水了",
    "我家暖气不热",
    "我要投诉公司拖欠工资",
    "请问医保怎么办理",
    "小区路灯坏了",
    "邻居半夜施工噪音扰民",
    "门口的井盖破损了",
    "垃圾没有人清理",
)


def main() -> None:
    figures: dict[str, object] = {}
    figures |= _set_up()
    with _running() as stack, running_chromium() as browser:
        figures["rss_rest_mb"], figures["rss_rest_mb_by_process"] = _memory(stack)
        figures |= _calls(stack, browser)
        figures["rss_10_calls_mb"], figures["rss_10_calls_mb_by_process"] = _ten_calls(stack, browser)
    results.write("first_call", "make bench", figures)


def _set_up() -> dict[str, object]:
    """A clone made now, with an empty cache of ours and of pip, until the hotline is open; then once more."""
    folder = Path(tempfile.mkdtemp(prefix="hl-bench-"))
    env = os.environ | {f"HOTLINE_{key}_PORT": str(free_port()) for key in PORTS}
    env |= {"HOTLINE_SIP_PORT": str(free_port(socket.SOCK_DGRAM)), "PIP_NO_CACHE_DIR": "1"}
    env |= {"XDG_CACHE_HOME": str(folder / "cache")}
    env.pop("VIRTUAL_ENV", None)
    try:
        began = time.monotonic()
        subprocess.run(["git", "clone", "-q", str(CHECKOUT), str(folder / "clone")], check=True)
        first = time.monotonic() - began + _open_and_stop(folder / "clone", env, folder / "first.out")
        second = _open_and_stop(folder / "clone", env, folder / "second.out")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"clone_to_ready_s": round(first, 1), "second_start_s": round(second, 1)}


def _open_and_stop(clone: Path, env: dict[str, str], said: Path) -> float:
    with said.open("wb") as out:
        began = time.monotonic()
        run = subprocess.Popen(
            ["make", "run"], cwd=clone, env=env, stdout=out, stderr=out, start_new_session=True
        )
    try:
        wait_until(lambda: _opened(run, said), "make run is open", 600)
        return time.monotonic() - began
    finally:
        os.killpg(run.pid, signal.SIGINT)
        run.wait(60)


def _opened(run: "subprocess.Popen[bytes]", said: Path) -> bool:
    text = said.read_text(errors="replace")
    if run.poll() is not None:
        raise AssertionError(f"make run ended:\n{text}")
    return "The hotline is open" in text


@contextlib.contextmanager
def _running() -> Iterator[Stack]:
    stack = Stack.prepare().start()
    try:
        yield stack
    finally:
        stack.remove()


@dataclass(slots=True)
class _Call:
    """One call placed in a thread; the browser is driven in this one."""

    stack: Stack
    samples: "array[int]"
    outcome: CitizenOutcome | None = None
    thread: threading.Thread | None = None

    def start(self) -> None:
        settings = self.stack.settings
        call = CitizenCall(
            server=(settings.sip_host, settings.sip_port),
            from_number="13800000001",
            samples=self.samples,
            limit_s=300,
        )
        self.thread = threading.Thread(target=lambda: self._run(call))
        self.thread.start()

    def _run(self, call: CitizenCall) -> None:
        self.outcome = asyncio.run(place_call(call))

    def wait(self) -> CitizenOutcome:
        assert self.thread
        self.thread.join(90)
        assert self.outcome, "the call never ended"
        return self.outcome


def _calls(stack: Stack, browser: Browser) -> dict[str, object]:
    """Each figure in milliseconds over all calls that reached the seat."""
    voices = [_spoken(text) for text in SENTENCES]
    suggestion_ms: list[float] = []
    paint_ms: list[float] = []
    failed = 0
    seat = SeatPage(browser, stack.web).open().ready()
    for number in range(CALLS):
        call = _Call(stack, voices[number % len(voices)])
        call.start()
        try:
            seat.rings()
            painted, suggested = _painted(seat)
            seat.answer()
            seat.write("测量用的工单")
            seat.hang_up()
            outcome = call.wait()
            seat.save()
            seat.shows("ready")
            assert outcome.sound_ended_at, "the sentence was never said"
            suggestion_ms.append(suggested - outcome.sound_ended_at * 1000)
            paint_ms.append(painted - _rang_at(stack, outcome))
        except Exception as problem:
            failed += 1
            print(f"call {number} failed: {problem}")
            seat.finish()
            call.wait()
            seat = SeatPage(browser, stack.web).open().ready()
    seat.finish()
    return {
        "suggestion_ms_p50": round(results.median(suggestion_ms)),
        "suggestion_ms_p95": round(results.percentile(suggestion_ms, 0.95)),
        "paint_ms_p50": round(results.median(paint_ms)),
        "paint_ms_p95": round(results.percentile(paint_ms, 0.95)),
        "calls": CALLS,
        "failed": failed,
    }


def _spoken(text: str) -> "array[int]":
    """The sentence as the synthetic voice says it, ending with its last voiced sample."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "say.wav"
        say_to_wav(text, path)
        samples, _ = read_wav(path)
    last = max(i for i, sample in enumerate(samples) if abs(sample) > 300)
    return samples[: last + 1]


def _painted(seat: SeatPage) -> tuple[float, float]:
    """When ring and suggestions were painted, in epoch milliseconds."""
    seat.page.wait_for_selector("html[data-ring-painted][data-suggestions-painted]")
    data = seat.page.evaluate("({...document.documentElement.dataset})")
    seat.page.evaluate(
        "for (const k of ['ringPainted', 'suggestionsPainted']) delete document.documentElement.dataset[k]"
    )
    return float(data["ringPainted"]), float(data["suggestionsPainted"])


def _rang_at(stack: Stack, outcome: CitizenOutcome) -> float:
    """When Asterisk said that the seat rings, in epoch milliseconds."""
    storage = stack.storage
    with storage.reading() as tx:
        rows = [
            r
            for r in tx.outbox.after(0, 100_000)
            if r.call_id == outcome.call_id and r.type == "seat.ringing"
        ]
    storage.close()
    return rows[0].at.timestamp() * 1000


def _ten_calls(stack: Stack, browser: Browser) -> tuple[float, dict[str, float]]:
    """Memory while ten seats talk."""
    seats = [SeatPage(browser, stack.web, f"seat{n:02d}").open().ready() for n in range(1, 11)]
    voice = _spoken(SENTENCES[0])
    calls = [_Call(stack, voice) for _ in seats]
    free = list(seats)
    for call in calls:  # one after the other: a seat that lets it ring for 15 s is paused
        call.start()
        seat = _ringing(free)
        seat.answer()
        free.remove(seat)
    memory = _memory(stack)
    for seat in seats:
        seat.hang_up()
    for call in calls:
        call.wait()
    return memory


def _ringing(seats: list[SeatPage]) -> SeatPage:
    """Whoever of them rings first."""
    found: list[SeatPage] = []
    wait_until(
        lambda: found.extend(s for s in seats if s.page.locator("#answer").is_visible()) or found,
        "a seat rings",
    )
    return found[0]


def _memory(stack: Stack) -> tuple[float, dict[str, float]]:
    """Resident megabytes of each process with its children, and their sum."""
    sizes = {name: round(sum(map(_resident_mb, _family(stack.pid(name) or 0))), 1) for name in PROCESSES}
    return round(sum(sizes.values()), 1), sizes


def _family(pid: int) -> list[int]:
    found = [pid]
    for child in Path(f"/proc/{pid}/task").glob("*/children"):
        for number in child.read_text().split():
            found += _family(int(number))
    return found


def _resident_mb(pid: int) -> float:
    """Proportional set size: what processes share is not counted twice."""
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("Pss:")) / 1024
