"""`hotline call`: its options, its words for what happened, its exit codes."""

import json
from array import array
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hotline import cli_call
from hotline.cli_call import OUTCOMES, KeyPress, Moment, as_expected, call, describe, outcome_of
from hotline.telephony.citizen import At, CitizenCall, CitizenOutcome, EndedBy, Step

CALL_ID = "4bb68cf6-9cc0-4b22-922b-efad6dc16114"
VIEW = {
    "words": "人民路停水了",
    "suggestions": [
        {"category": "living_security", "topic": "t", "name": "n", "score": 0.81, "because": ["停水"]}
    ],
    "queue": "living_security",
    "seat": "seat07",
    "arrived_at": 100.0,
    "answered_at": 109.5,
    "ended_at": 120.0,
    "ticket": {"id": "T-2026-000001"},
    "recording": True,
}
CITIZEN = CitizenCall(server=("127.0.0.1", 9), from_number="13800000001")


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOTLINE_RUNTIME_DIR", str(tmp_path / "run"))
    for name in ("REDIS", "AMI", "WEB", "SIP", "NUMBERS"):
        monkeypatch.setenv(f"HOTLINE_{name}_SECRET", "x" * 20)
    monkeypatch.setenv("HOTLINE_SIP_PORT", "9")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(call, [*arguments])


def test_the_json_has_exactly_the_fields_promised(tmp_path: Path) -> None:
    (tmp_path / f"{CALL_ID}.wav").touch()
    outcome = CitizenOutcome(call_id=CALL_ID, view=VIEW, ended_by=EndedBy.HOTLINE, steps={Step.TALKING: 9.5})
    assert describe(CITIZEN, outcome, tmp_path) == {
        "call_id": CALL_ID,
        "from": "13800000001",
        "to": "12341",
        "words": "人民路停水了",
        "suggestions": [{"category": "living_security", "score": 0.81, "because": ["停水"]}],
        "queue": "living_security",
        "seat": "seat07",
        "answered_after_s": 9.5,
        "talk_s": 10.5,
        "ticket_id": "T-2026-000001",
        "recording": str(tmp_path / f"{CALL_ID}.wav"),
        "outcome": "answered",
    }


def test_a_call_nobody_knows_of_has_the_same_fields(tmp_path: Path) -> None:
    known = describe(CITIZEN, CitizenOutcome(call_id=CALL_ID, view=VIEW), tmp_path)
    unknown = describe(CITIZEN, CitizenOutcome(ended_by=EndedBy.CITIZEN), tmp_path)
    assert unknown.keys() == known.keys()
    assert (unknown["outcome"], unknown["answered_after_s"], unknown["ticket_id"]) == (
        "abandoned",
        None,
        None,
    )
    json.dumps(unknown)


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (CitizenOutcome(steps={Step.TALKING: 1.0}, ended_by=EndedBy.CITIZEN), "answered"),
        (CitizenOutcome(view={"answered_at": 5.0}, ended_by=EndedBy.HOTLINE), "answered"),
        (CitizenOutcome(view={"answered_at": None}, ended_by=EndedBy.CITIZEN), "abandoned"),
        (CitizenOutcome(steps={Step.GREETING: 1.0}, ended_by=EndedBy.HOTLINE), "missed"),
        (CitizenOutcome(status=404, ended_by=EndedBy.REFUSED), "not_in_service"),
        (CitizenOutcome(status=486, ended_by=EndedBy.REFUSED), "rejected"),
        (CitizenOutcome(status=401, ended_by=EndedBy.REFUSED), "rejected"),
        (CitizenOutcome(ended_by=EndedBy.NOBODY), "unreachable"),
    ],
)
def test_one_word_for_what_happened(outcome: CitizenOutcome, word: str) -> None:
    assert outcome_of(outcome) == word
    assert word in OUTCOMES


def test_who_gave_up_was_missed_but_not_the_other_way_round() -> None:
    assert as_expected("abandoned", "missed") and as_expected("missed", "missed")
    assert not as_expected("missed", "abandoned")
    assert not as_expected("abandoned", "answered")


def test_moments_and_keys() -> None:
    assert Moment().convert("queue", None, None) == At(step=Step.QUEUE)
    assert Moment().convert("talking+2.5", None, None) == At(step=Step.TALKING, after_s=2.5)
    assert KeyPress().convert("listening+1=#", None, None) == (At(step=Step.LISTENING, after_s=1.0), "#")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--hang-up", "never"),
        ("--hang-up", "queue+x"),
        ("--hang-up", "queue+-1"),
        ("--hang-up", "ended"),
        ("--key", "queue"),
        ("--key", "=5"),
        ("--expect", "nothing"),
        ("--limit", "0"),
        ("--limit", "nan"),
        ("--say", "好", "--wav", "x.wav"),
        ("--wav", "nowhere.wav"),
        ("--to", "1234a"),
        ("--to", ""),
        ("--from", "1\r\nX: y"),
        ("--key", "queue=x"),
        ("--say", ""),
        ("--say", "abc"),
        ("--local", "192.0.2.1"),
        ("--local", "nonsense"),
        (),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_one_sentence(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.output.strip().splitlines()[-1].startswith(("hotline: ", "Error: "))


def test_nobody_answers_and_that_was_expected() -> None:
    assert "is `hotline run` going?" in run().output
    result = run("--expect", "unreachable", "--json")
    assert result.exit_code == 0
    assert json.loads(result.output)["outcome"] == "unreachable"


@pytest.mark.parametrize(("expect", "code"), [("answered", 0), ("abandoned", 1), ("missed", 1)])
def test_the_exit_code_says_whether_it_was_as_expected(
    monkeypatch: pytest.MonkeyPatch, expect: str, code: int
) -> None:
    async def answered(citizen: CitizenCall, on_step: Any = None, watch: Any = None) -> CitizenOutcome:
        outcome = CitizenOutcome(
            ended_by=EndedBy.HOTLINE, view=VIEW, steps={Step.TALKING: 1.0, Step.ENDED: 2.0}
        )
        on_step(Step.TALKING, outcome)
        on_step(Step.ENDED, outcome)
        return outcome

    monkeypatch.setattr(cli_call, "place_call", answered)
    plain = run("--expect", expect)
    assert plain.exit_code == code
    assert "seat07 answered" in plain.output and "人民路停水了" in plain.output
    assert ("expected" in plain.output) is bool(code)
    as_json = run("--expect", expect, "--json")
    assert (as_json.exit_code, json.loads(as_json.output)["outcome"]) == (code, "answered")


def test_what_was_heard_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def heard(citizen: CitizenCall, on_step: Any = None, watch: Any = None) -> CitizenOutcome:
        assert citizen.keep_sound
        return CitizenOutcome(ended_by=EndedBy.CITIZEN, sound=array("h", [1, 2, 3]))

    monkeypatch.setattr(cli_call, "place_call", heard)
    target = tmp_path / "heard.wav"
    assert run("--keep", str(target), "--expect", "abandoned").exit_code == 0
    assert target.stat().st_size == 44 + 6
    assert "cannot be written" in run("--keep", str(tmp_path)).output
