"""Speech: streams in real time a core, delay and memory, beside the usual server for Vosk in the same run.

Each server has one core, the callers the other. As many callers as are asked for speak at the same time, each
in real time; the number grows until the words of one in twenty come later than LIMIT_MS.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vosk import KaldiRecognizer, Model, SetLogLevel

from bench import results, speech_audio
from hotline.settings import CHECKOUT, Settings
from hotline.speech import models_measure
from tests.support.servers import RedisServer, free_port, running_redis, wait_until
from tests.support.speech_room import running_speech

MODEL = Settings.from_env().speech_model
SERVER_CORE, LOAD_CORE = 0, 1
LIMIT_MS = 700.0  # p95, from the end of a word to its coming on the screen; 430 of it are the model's own
AT_STREAMS = 20  # where the delay is told
SECONDS = float(os.environ.get("BENCH_SPEECH_SECONDS", "12"))
WARM_S = 5.0
CLIPS = "../shared/data/audio_zh/transcripts.tsv"
MOST = 240
MESSAGES = {"peer": 10, "peer_100ms": 5}  # frames of 20 ms that the peer's callers send at once

Figures = dict[str, Any]


def main() -> None:
    SetLogLevel(-1)
    with tempfile.TemporaryDirectory(prefix="hl-bench-") as folder, running_redis() as redis:
        audio = Path(folder)
        speech_audio.save(speech_audio.callers(Model(str(MODEL))), audio)
        found: dict[str, Figures] = {}
        with ours(redis) as (pid, side):
            found["ours"] = climb(pid, side, audio)
        for name, turns in MESSAGES.items():
            with peer(turns) as (pid, side):
                found[name] = climb(pid, side, audio)
    results.merge("speech", "python -m bench speech", summary(found) | real_clips())


def real_clips() -> Figures:
    """Character errors on real people's clips, percent; nothing where they are not on this machine."""
    path = Path(os.environ.get("HOTLINE_BENCH_CLIPS") or CHECKOUT / CLIPS)
    if not path.is_file():
        print(f"no real clips: {path} is not there (HOTLINE_BENCH_CLIPS names another)")
        return {}
    heard = models_measure.measure(Model(str(MODEL)), KaldiRecognizer, models_measure.clips_of(path))
    return {"cer_real": heard["cer"]}


def climb(pid: int, side: Figures, audio: Path) -> Figures:
    """The figures at AT_STREAMS, and at the most streams within the limit."""
    steps = [load(side, audio, AT_STREAMS, pid)]
    streams, step = 40, 40
    best = steps[0] if within(steps[0]) else steps[0] | {"streams": 0}
    while step >= 10 and streams <= MOST:
        steps.append(load(side, audio, streams, pid))
        if within(steps[-1]):
            best = max(best, steps[-1], key=lambda figures: int(figures["streams"]))
        elif step > 10:
            streams, step = streams - step, 10
        else:
            break
        streams += step
    return {"at": steps[0], "best": best, "steps": steps}


def within(figures: Figures) -> bool:
    """In real time: words come in time, and hardly any not at all."""
    p95 = figures["partial_ms_p95"]
    return p95 is not None and p95 <= LIMIT_MS and figures["missed"] <= 0.02 * figures["words"]


def summary(found: dict[str, Figures]) -> Figures:
    """The peer is told with the messages that suit it better."""
    rival = max(MESSAGES, key=lambda name: int(found[name]["best"]["streams"]))
    mine, its = found["ours"], found[rival]
    return {
        "streams_per_core": mine["best"]["streams"],
        "streams_per_core_peer": its["best"]["streams"],
        "delay_ms_p95": mine["at"]["partial_ms_p95"],
        "delay_ms_p95_peer": its["at"]["partial_ms_p95"],
        "final_ms_p95": mine["at"]["final_ms_p95"],
        "final_ms_p95_peer": its["at"]["final_ms_p95"],
        "rss_mb": mine["best"]["pss_mb"],
        "rss_mb_peer": its["best"]["pss_mb"],
        "streams_limit_ms_p95": LIMIT_MS,
        "delay_at_streams": AT_STREAMS,
        "streams_model_bytes": (MODEL / "am" / "final.mdl").stat().st_size,
        "streams_peer_message_ms": 20 * MESSAGES[rival],
        "streams_steps": {name: one["steps"] for name, one in found.items()},
    }


@contextmanager
def ours(server: RedisServer) -> Iterator[tuple[int, Figures]]:
    """The hotline's speech process on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            running_speech(server, Path(folder), HOTLINE_SPEECH_STREAMS=str(MOST + 40)) as room,
        ):
            os.sched_setaffinity(0, before)
            yield room.process.pid, {"port": room.port, "redis": server.url, "turns": 1}
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def peer(turns: int) -> Iterator[tuple[int, Figures]]:
    """The usual server on one core; its callers send `turns` times 20 ms in a message."""
    port = free_port()
    command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "bench.speech_peer"]
    process = subprocess.Popen([*command, str(MODEL), str(port)], cwd=CHECKOUT, stdout=subprocess.PIPE)
    try:
        wait_until(lambda: process.stdout and process.stdout.readline().strip() == b"ready", "the peer", 60)
        yield process.pid, {"port": port, "redis": "", "turns": turns}
    finally:
        process.kill()
        process.wait()


def load(side: Figures, audio: Path, streams: int, pid: int) -> Figures:
    """One step of the load, and what it cost the server."""
    asked = side | {"audio": str(audio), "streams": streams, "seconds": SECONDS, "warm_s": WARM_S}
    command = [sys.executable, "-m", "bench.speech_load", json.dumps(asked | {"cores": [LOAD_CORE]})]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    before, began = cpu_s(pid), time.monotonic()
    pss = 0.0
    while process.poll() is None:
        pss = max(pss, pss_mb(pid))
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            continue
    assert process.stdout is not None
    figures: Figures = json.loads(process.stdout.read())
    share = (cpu_s(pid) - before) / (time.monotonic() - began)
    figures |= {"streams": streams, "pss_mb": round(pss, 1), "core_share": round(share, 3)}
    print(json.dumps(figures), file=sys.stderr, flush=True)
    return figures


def family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for child in Path(f"/proc/{pid}/task").glob("*/children"):
        for number in child.read_text().split():
            found += family(int(number))
    return found


def cpu_s(pid: int) -> float:
    """Seconds of a core that the family has used."""
    ticks = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += sum(map(int, fields[11:15]))  # with that of children that were buried
    return ticks / os.sysconf("SC_CLK_TCK")


def pss_mb(pid: int) -> float:
    """What the family holds; shared pages are counted once."""
    total = 0
    for member in family(pid):
        try:
            rows = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next((int(row.split()[1]) for row in rows if row.startswith("Pss:")), 0)
    return total / 1024
