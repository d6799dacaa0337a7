"""Asterisk's own records are read back to a given time, whatever state the files are in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline.telephony import records
from hotline.telephony.records import cdr_line, queue_line, read_cdr, read_queue_log
from tests.support.traces import FOLDER

CALL = "2616da9d-3f47-44a7-9d8d-2ca19f9c99cf"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
T0 = 1_795_378_872


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_a_line_of_the_queue_log() -> None:
    line = queue_line("1795378885|1795378878.0|q_general|PJSIP/seat01|CONNECT|0|1795378885.1|0\n")
    assert line is not None
    assert (line.at, line.channel, line.queue) == (at(1795378885), "1795378878.0", "general")
    assert (line.seat, line.event, line.args) == ("seat01", "CONNECT", ("0", "1795378885.1", "0"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "1795378885|1795378878.0|q_gen",
        "soon|1795378878.0|q_general|NONE|ENTERQUEUE|",
        "9" * 50 + "|a|q_general|NONE|ENTERQUEUE",
        "|".join(["1795378885"] * 2000),
        "\x00\x01\x02|||||",
        "٣|a|b|c|d",
    ],
)
def test_half_written_and_foreign_lines_are_left_out(text: str) -> None:
    assert queue_line(text) is None
    assert cdr_line(text) is None


def test_a_record_of_a_call() -> None:
    text = (
        f'"1795378878.0","1795378878.0","{CALL}","13900000001","12341","general","PJSIP/trunk-00000000",'
        '"PJSIP/seat01-00000001","1795378878.688192","1795378878.689161","1795378888.460248","ANSWERED"'
    )
    line = cdr_line(text)
    assert line is not None
    assert (line.call_id, line.from_number, line.line, line.queue) == (
        CALL,
        "13900000001",
        "12341",
        "general",
    )
    assert (line.seat, line.answered, line.end) == ("seat01", True, at(1795378888.460248))
    assert cdr_line(text[:-20]) is None, "half written"
    assert cdr_line(text.replace(CALL, "")) is None, "a listener's leg is no call"
    assert cdr_line(text.replace(CALL, "../../etc/passwd")) is None
    withheld = cdr_line(text.replace("13900000001", ""))
    assert withheld is not None and withheld.from_number is None


def test_the_recorded_files_are_read_whole() -> None:
    lines = read_queue_log(FOLDER / "queue_log", LONG_AGO)
    assert len(lines) == len((FOLDER / "queue_log").read_text().splitlines())
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert len(read_cdr(FOLDER / "hotline.csv", LONG_AGO)) == 15, "all but the supervisor's own"


def write(path: Path, count: int, first: int = T0) -> None:
    lines = (f"{first + n}|{first + n}.0|q_general|NONE|ENTERQUEUE||13900000001|1\n" for n in range(count))
    path.write_text("".join(lines))


def test_only_what_may_matter_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "queue_log"
    write(path, 20_000)
    since = at(T0 + 19_990)
    lines = read_queue_log(path, since)
    assert lines[-1].at == at(T0 + 19_999)
    assert lines[0].at == since - records.LONGEST_CALL
    monkeypatch.setattr(records, "LONGEST_CALL", timedelta(0))
    assert [line.at.timestamp() - T0 for line in read_queue_log(path, since)] == [*range(19_990, 20_000)]


@pytest.mark.parametrize("chunk", [7, 64, 100, 4096])
def test_every_line_is_read_once_wherever_the_pieces_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(records, "CHUNK", chunk)
    monkeypatch.setattr(records, "LONGEST", 10_000)
    path = tmp_path / "queue_log"
    write(path, 50)
    assert [line.at.timestamp() - T0 for line in read_queue_log(path, LONG_AGO)] == [*range(50)]
    with path.open("a") as file:
        file.write("1795379999|1.0|q_general|NONE|ABANDON|1|1|5")
    assert len(read_queue_log(path, LONG_AGO)) == 50, "a line without its end is still being written"


def test_a_rotated_file_is_read_too(tmp_path: Path) -> None:
    write(tmp_path / "queue_log.0", 5)
    write(tmp_path / "queue_log", 5, T0 + 100)
    (tmp_path / "queue_log.9.gz").write_bytes(b"\x1f\x8b")
    assert [line.at.timestamp() - T0 for line in read_queue_log(tmp_path / "queue_log", LONG_AGO)] == [
        *range(5),
        *range(100, 105),
    ]
    (tmp_path / "queue_log").unlink()
    assert len(read_queue_log(tmp_path / "queue_log", LONG_AGO)) == 5, (
        "just rotated: the new one is not there"
    )


def test_no_file_an_empty_one_and_one_of_rubbish(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    assert read_queue_log(path, LONG_AGO) == []
    path.touch()
    assert read_queue_log(path, LONG_AGO) == []
    path.write_bytes(b"\xff" * 3_000_000)
    assert read_queue_log(path, LONG_AGO) == []
    path.write_bytes(b"\xff\n" * 100_000 + b"1795378885|1.0|q_general|NONE|ENTERQUEUE|\n")
    assert len(read_queue_log(path, LONG_AGO)) == 1


def test_of_a_huge_file_only_the_end_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_BYTES", 10_000)
    path = tmp_path / "queue_log"
    write(path, 20_000)
    lines = read_queue_log(path, LONG_AGO)
    assert 100 < len(lines) < 250
    assert lines[-1].at == at(T0 + 19_999)


def test_a_record_older_than_its_call_s_end_is_not_the_end_of_reading(tmp_path: Path) -> None:
    """All legs are written when the call ends: a leg that ended long before stands behind younger ones."""
    path = tmp_path / "hotline.csv"

    def record(call: int, end: float) -> str:
        id_ = f"2616da9d-3f47-44a7-9d8d-{call:012d}"
        return f'"{call}.0","{call}.0","{id_}","","12341","","PJSIP/trunk-1","","{T0}.0","{T0}.0","{end:f}","NO ANSWER"\n'

    path.write_text(record(1, T0 + 4000) + record(2, T0 + 10) + record(2, T0 + 4100))
    assert [line.call_id[-1] for line in read_cdr(path, at(T0 + 3900))] == ["1", "2", "2"]
