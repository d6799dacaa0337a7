"""What pages are told of the hearing: its health, the transcripts, and the places to choose from."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from hotline.domain.call import Call
from hotline.domain.ids import CallId, SeatId
from hotline.services.ports import Recording
from hotline.services.ports_transcripts import Source, TranscriptLine, Voice
from tests.fakes.console_parts import ConsoleParts, Somebody, log_in
from tests.support.servers import wait_until

COUNTS = {"listened": 12, "refused": 3, "streams": 2, "capacity": 40}
CALL = CallId("5f0e7c1e-0000-4000-8000-000000000001")
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def supervisor(app: Flask) -> Somebody:
    return log_in(app, "sup01")


def told(supervisor: Somebody, parts: ConsoleParts, **speech: object) -> object:
    parts.presence.processes = {"speech": speech}
    return supervisor.get("/api/snapshot").json["health"]["speech"]


def test_calls_that_were_not_listened_to_are_shown(supervisor: Somebody, parts: ConsoleParts) -> None:
    assert told(supervisor, parts, **COUNTS, problem="", model_problem="") == {"ok": True, **COUNTS}
    trouble = "model half does not load: no such file"
    assert told(supervisor, parts, **COUNTS, model_problem=trouble) == {
        "ok": True,
        "problem": trouble,
        **COUNTS,
    }
    assert told(supervisor, parts, **COUNTS, problem="speech model x does not load") == {
        "ok": False,
        **COUNTS,
    }


def test_talks_that_were_not_heard_on_are_told_apart(supervisor: Somebody, parts: ConsoleParts) -> None:
    found = told(supervisor, parts, **COUNTS, refused_on=4)
    assert found == {"ok": True, **COUNTS, "refused_on": 4}


def test_figures_of_an_older_or_mad_process(supervisor: Somebody, parts: ConsoleParts) -> None:
    for speech in ({}, {"listened": 1}, {**COUNTS, "refused": "many"}, {**COUNTS, "listened": None}):
        assert told(supervisor, parts, **speech) == {"ok": True}


@pytest.fixture
def a_talk(parts: ConsoleParts) -> None:
    line = TranscriptLine(
        call_id=CALL,
        source=Source.RECORDING,
        voice=Voice.BOTH,
        began_ms=900,
        words="停水了",
        model="m",
        at=NOW,
    )
    with parts.storage.writing() as tx:
        tx.calls.save(Call(id=CALL, arrived_at=NOW, seat=SeatId("seat01")))
        tx.transcripts.add([line])


@pytest.mark.usefixtures("a_talk")
def test_transcripts_for_supervisors_and_the_own_seat(
    app: Flask, supervisor: Somebody, parts: ConsoleParts
) -> None:
    for reader in (supervisor, log_in(app, "seat01")):
        [line] = reader.get(f"/api/calls/{CALL}/transcripts").json["lines"]
        assert (line["words"], line["began_ms"]) == ("停水了", 900)
    with parts.storage.reading() as tx:
        assert [view["what"] for view in tx.views.of_call(CALL)] == ["transcript"] * 2
    assert log_in(app, "seat02").get(f"/api/calls/{CALL}/transcripts").status_code == 404
    assert app.test_client().get(f"/api/calls/{CALL}/transcripts").status_code in (302, 401)
    assert supervisor.get("/api/calls/nothing/transcripts").status_code == 404


@pytest.mark.usefixtures("a_talk")
def test_how_far_the_words_are(supervisor: Somebody, parts: ConsoleParts) -> None:
    def state() -> str:
        return supervisor.get(f"/api/calls/{CALL}/transcripts").json["state"]

    assert state() == "waiting", "the call goes on"
    with parts.storage.writing() as tx:
        call = tx.calls.get(CALL)
        assert call
        call.end(NOW + timedelta(minutes=1))
        tx.calls.save(call)
    assert state() == "not_kept", "nobody talked"
    with parts.storage.writing() as tx:
        tx.recordings.add(
            Recording(call_id=CALL, path="1.wav", size=9, duration_ms=1, sha256="x", linked_at=NOW)
        )
    assert state() == "not_kept", "its file is gone"
    parts.settings.recordings_dir.mkdir(exist_ok=True)
    (parts.settings.recordings_dir / "1.wav").write_bytes(b"sound")
    assert state() == "waiting"
    with parts.storage.writing() as tx:
        tx.transcripts.begin(CALL, NOW)
    assert state() == "writing"
    with parts.storage.writing() as tx:
        tx.transcripts.begin(CALL, NOW)
        tx.transcripts.advance(CALL, 900, NOW)
    assert state() == "writing"
    with parts.storage.writing() as tx:
        tx.transcripts.finish(CALL, NOW, "the file is not a WAV file")
    assert state() == "failed"
    with parts.storage.writing() as tx:
        tx.transcripts.finish(CALL, NOW)
    (parts.settings.recordings_dir / "1.wav").unlink()
    assert state() == "written", "the words stay when the sound is cleared away"


def test_a_mended_places_file_is_chosen_from_without_a_restart(
    app: Flask, parts: ConsoleParts, tmp_path: Path
) -> None:
    file = tmp_path / "places.toml"
    parts.settings = replace(parts.settings, places_file=file)
    seat = log_in(app, "seat01")

    def names() -> list[str]:
        return [place["name"] for place in seat.get("/api/snapshot").json["places"]]

    def write(name: str, kind: str) -> None:
        fresh = tmp_path / "fresh.toml"
        fresh.write_text(f'[[place]]\nname = "{name}"\nkind = "{kind}"\n', encoding="utf-8")
        fresh.replace(file)

    assert names() == []
    write("人民路", "street")
    wait_until(lambda: names() == ["人民路"], "the file that came later")
    write("东关", "road")
    assert names() == ["人民路"]
    write("和平大街", "street")
    wait_until(lambda: names() == ["和平大街"], "the mended file")
