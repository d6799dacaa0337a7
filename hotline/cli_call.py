"""`hotline call`: a citizen without a telephone calls in, and what happens is told step by step."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Coroutine
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import click

from hotline.domain.errors import HotlineError, Invalid, Unavailable
from hotline.settings import Settings
from hotline.telephony.citizen import (
    At,
    CitizenCall,
    CitizenOutcome,
    EndedBy,
    Step,
    View,
    Watch,
    place_call,
)

DEFAULT_FROM = "13800138000"
OUTCOMES = ("answered", "abandoned", "missed", "rejected", "not_in_service", "unreachable")
STRANGER = 401
NOT_IN_SERVICE = (404, 410, 484)
SETTLES_S = 5.0  # how long after the end the database may still learn of it
ENDED_BY_SIGNAL = 130  # as a shell names the end by Ctrl-C
MOMENTS = {step.value: step for step in Step if step is not Step.ENDED}


class Moment(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """`queue` or `queue+3`: a step of the call, and seconds after it."""

    name = "STEP[+SECONDS]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> At:
        if isinstance(value, At):
            return value
        word, _, seconds = str(value).partition("+")
        try:
            after_s = float(seconds or 0)
        except ValueError:
            after_s = -1.0
        if word not in MOMENTS or not 0 <= after_s <= 3600:
            self.fail(
                f"{value!r}: a moment is one of {', '.join(MOMENTS)}, with +SECONDS or without", param, ctx
            )
        return At(step=MOMENTS[word], after_s=after_s)


class KeyPress(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """`listening+1=5`: a moment, and the key pressed then."""

    name = "STEP[+SECONDS]=KEY"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[At, str]:
        if isinstance(value, tuple):
            return value
        moment, sign, key = str(value).rpartition("=")
        if not sign:
            self.fail(f"{value!r}: say when and which, like listening+1=5", param, ctx)
        return Moment().convert(moment, param, ctx), key


@click.command()
@click.option("--wav", type=click.Path(path_type=Path), help="Speak this WAV file after the beep.")
@click.option("--say", metavar="TEXT", help="Speak this Chinese sentence (needs espeak-ng).")
@click.option("--from", "from_number", default=DEFAULT_FROM, show_default=True, help="The citizen's number.")
@click.option("--withheld", is_flag=True, help="Show no number.")
@click.option("--to", default="12341", show_default=True, help="The number to dial.")
@click.option("--speak", type=Moment(), help="Speak at this moment instead of after the beep.")
@click.option("--key", "keys", type=KeyPress(), multiple=True, help="Press a key; may be repeated.")
@click.option("--hang-up", type=Moment(), help="Hang up then; without it the other side does.")
@click.option(
    "--limit", default=300.0, show_default=True, help="Hang up after so many seconds at the latest."
)
@click.option("--expect", type=click.Choice(OUTCOMES), default="answered", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object at the end instead of lines.")
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Write what the citizen heard to this WAV file."
)
@click.option("--local", help="The address to call from.  [default: the trunk's on this machine]")
def call(as_json: bool, expect: str, **options: Any) -> None:
    """Call the hotline as a citizen would. Ends with 0 only when the outcome was the expected one."""
    try:
        report = _Report(quiet=as_json)
        result = _run(options, expect, report)
    except HotlineError as problem:
        click.echo(f"hotline: {problem}", err=True)
        sys.exit(2)
    except (KeyboardInterrupt, asyncio.CancelledError):
        click.echo("hung up", err=True)
        sys.exit(ENDED_BY_SIGNAL)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    else:
        report.summary(result, expect)
    sys.exit(0 if as_expected(result["outcome"], expect) else 1)


def as_expected(outcome: str, expect: str) -> bool:
    """A caller who gave up is also a missed one."""
    return outcome == expect or (expect == "missed" and outcome == "abandoned")


def _run(options: dict[str, Any], expect: str, report: _Report) -> dict[str, Any]:
    settings = Settings.from_env()
    samples = _sound(options["wav"], options["say"])
    citizen = CitizenCall(
        server=(settings.sip_host, settings.sip_port),
        number=options["to"],
        from_number=None if options["withheld"] else options["from_number"],
        samples=samples,
        speak=options["speak"],
        keys=options["keys"],
        hang_up=options["hang_up"],
        limit_s=float(options["limit"]),
        local_host=options["local"] or _trunk_address(settings),
        keep_sound=options["keep"] is not None,
    )
    watch = _database_watch(settings)
    outcome = asyncio.run(_until_told_to_stop(place_call(citizen, report.step, watch)))
    if outcome.ended_by is EndedBy.NOBODY and expect != "unreachable":
        raise Unavailable(
            f"nobody answers at {settings.sip_host}:{settings.sip_port}: is `hotline run` going?"
        )
    if outcome.status == STRANGER:
        click.echo(
            f"{citizen.local_host} is not in HOTLINE_TRUNK_PEERS: nobody may call from there", err=True
        )
    if outcome.call_id:
        outcome.view = _settled(watch, outcome.call_id) or outcome.view
    if options["keep"]:
        _keep(options["keep"], outcome.sound)
    return describe(citizen, outcome, settings.recordings_dir)


def _trunk_address(settings: Settings) -> str:
    """One of the trunk's addresses that this machine can call from."""
    here = [peer for peer in settings.trunk_peers if ip_address(peer).is_loopback]
    return here[0] if here else "127.0.0.2"


async def _until_told_to_stop(call: Coroutine[Any, Any, CitizenOutcome]) -> CitizenOutcome:
    """Ctrl-C and SIGTERM hang up, then CancelledError is raised: a line left open would keep a seat busy."""
    task, loop = asyncio.create_task(call), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    return await task


def _sound(wav: Path | None, text: str | None) -> array[int]:
    """What the citizen says, at 8 kHz; nothing when nothing was asked for."""
    from hotline.speech.pcm import resample
    from hotline.telephony.citizen_wav import read_wav

    if wav and text:
        raise Invalid("either --wav or --say, not both")
    if wav:
        return resample(*read_wav(wav))
    if text is None:
        return array("h")
    from hotline.speech.synth_voice import say_to_wav

    with tempfile.TemporaryDirectory(prefix="hotline-say-") as folder:
        path = Path(folder) / "sentence.wav"
        say_to_wav(text, path)
        return resample(*read_wav(path))


def _keep(path: Path, sound: array[int]) -> None:
    from hotline.speech.pcm import write_wav

    try:
        path.open("wb").close()  # `wave` stumbles over a file it cannot open
        write_wav(path, sound)
    except OSError as problem:
        raise Invalid(f"{path} cannot be written: {problem.strerror}") from None


def _database_watch(settings: Settings) -> Watch:
    """Reads a call as the console would show it to its seat; None while it cannot be read."""
    from hotline.bootstrap import open_hotline
    from hotline.domain.ids import CallId
    from hotline.services.screens import call_view

    hotline = open_hotline(settings)

    def watch(call_id: str) -> View | None:
        try:
            with hotline.storage.reading() as tx:
                found = tx.calls.get(CallId(call_id))
                return call_view(tx, found, hotline.topics, full=True) if found else None
        except HotlineError:
            return None

    return watch


def _settled(watch: Callable[[str], View | None], call_id: str) -> View | None:
    """The hotline's last word on the call: its end, and its recording when a person answered."""
    deadline = time.monotonic() + SETTLES_S
    while True:
        view = watch(call_id)
        done = view and view["ended_at"] and (view["recording"] or not view["answered_at"])
        if done or time.monotonic() > deadline:
            return view
        time.sleep(0.1)


def outcome_of(outcome: CitizenOutcome) -> str:
    """One word of OUTCOMES."""
    answered = outcome.answered or bool(outcome.view and outcome.view.get("answered_at"))
    if answered:
        return "answered"
    if outcome.ended_by is EndedBy.CITIZEN:
        return "abandoned"
    if outcome.ended_by is EndedBy.NOBODY:
        return "unreachable"
    if outcome.ended_by is EndedBy.REFUSED:
        return "not_in_service" if outcome.status in NOT_IN_SERVICE else "rejected"
    return "missed"


def describe(citizen: CitizenCall, outcome: CitizenOutcome, recordings: Path) -> dict[str, Any]:
    """The JSON object of `--json`."""
    view = outcome.view or {}
    arrived, answered, ended = (view.get(key) for key in ("arrived_at", "answered_at", "ended_at"))
    recording = recordings / f"{outcome.call_id}.wav"
    ticket = view.get("ticket") or {}
    return {
        "call_id": outcome.call_id,
        "from": citizen.from_number,
        "to": citizen.number,
        "words": view.get("words", ""),
        "suggestions": [
            {key: suggestion[key] for key in ("category", "score", "because")}
            for suggestion in view.get("suggestions", [])
        ],
        "queue": view.get("queue"),
        "seat": view.get("seat"),
        "answered_after_s": round(answered - arrived, 3) if answered and arrived else None,
        "talk_s": round(ended - answered, 3) if ended and answered else None,
        "ticket_id": ticket.get("id"),
        "recording": str(recording) if answered and recording.is_file() else None,
        "outcome": outcome_of(outcome),
    }


class _Report:
    """Tells the steps as they happen."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet

    def step(self, step: Step, outcome: CitizenOutcome) -> None:
        if not self._quiet:
            click.echo(f"{outcome.steps[step]:6.1f} s  {step.value:<10}{self._more(step, outcome)}".rstrip())

    def _more(self, step: Step, outcome: CitizenOutcome) -> str:
        view = outcome.view or {}
        if step is Step.GREETING:
            return f"call {outcome.call_id}" if outcome.call_id else ""
        if step is Step.QUEUE and view:
            return f"queue {view['queue']}"
        if step is Step.TALKING and view:
            return f"{view['seat']} answered"
        if step is Step.ENDED:
            return (
                f"by the {outcome.ended_by.value}" if outcome.ended_by is not EndedBy.REFUSED else "refused"
            )
        return ""

    def summary(self, result: dict[str, Any], expect: str) -> None:
        if result["words"]:
            click.echo(f"heard:      {result['words']}")
        for one in result["suggestions"]:
            click.echo(f"suggestion: {one['category']} {one['score']:.2f} {' '.join(one['because'])}")
        for key in ("queue", "seat", "answered_after_s", "talk_s", "ticket_id", "recording", "outcome"):
            if result[key] is not None:
                click.echo(f"{key + ':':<18}{result[key]}")
        if not as_expected(result["outcome"], expect):
            click.echo(f"expected {expect}", err=True)
