"""Attachments over HTTP: sent with an answer, seen by who sees the ticket, and nothing that runs anything."""

import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from hotline.domain.attachments import LARGEST
from hotline.domain.ids import TicketId
from hotline.services import attachments
from tests.fakes.console_parts import HERE, ConsoleParts, Somebody, log_in
from tests.support import files, handed_over

RAW = HERE | {"Content-Type": "application/octet-stream"}


def accept(parts: ConsoleParts) -> TicketId:
    return handed_over.accept(parts.storage, parts.topics)


def matter(who: Somebody, ticket: TicketId) -> dict[str, object]:
    found: dict[str, object] = who.get(f"/api/work/{ticket}").json["matter"]
    return found


@pytest.fixture
def ticket(parts: ConsoleParts) -> TicketId:
    return accept(parts)


@pytest.fixture
def water(app: Flask) -> Somebody:
    return log_in(app, "unit01")


def upload(who: Somebody, ticket: TicketId, data: bytes = files.PDF, name: str = "报告.pdf") -> TestResponse:
    return who.client.post(f"/api/work/{ticket}/files", query_string={"name": name}, data=data, headers=RAW)


def remove(who: Somebody, ticket: TicketId, key: int) -> int:
    return who.client.delete(f"/api/work/{ticket}/files/{key}", headers=HERE).status_code


def listed(who: Somebody, ticket: TicketId) -> list[str]:
    return [file["name"] for file in who.get(f"/api/tickets/{ticket}/files").json["files"]]


def stored(parts: ConsoleParts) -> list[Path]:
    return [path for path in parts.settings.attachments_dir.rglob("*") if path.is_file()]


def reply(who: Somebody, ticket: TicketId, keys: list[object]) -> TestResponse:
    sign = {"version": matter(who, ticket)["version"], "action": "sign", "args": {}}
    who.post(f"/api/work/{ticket}/actions", sign)
    version = matter(who, ticket)["version"]
    body = {"version": version, "action": "reply", "args": {"text": "已修好"}, "files": keys}
    return who.post(f"/api/work/{ticket}/actions", body)


def test_a_file_goes_with_the_reply_and_stays(app: Flask, water: Somebody, ticket: TicketId) -> None:
    seat = log_in(app, "seat01")
    made = upload(water, ticket, name="../../报告.PDF")
    assert (made.status_code, made.json["file"]["name"]) == (201, "报告.pdf")
    key = made.json["file"]["key"]
    assert (listed(water, ticket), listed(seat, ticket)) == (["报告.pdf"], [])
    assert seat.get(f"/api/tickets/{ticket}/files/{key}").status_code == 404
    done = reply(water, ticket, [key])
    assert done.json["matter"]["state"] == "replied"
    assert listed(seat, ticket) == ["报告.pdf"]
    assert remove(water, ticket, key) == 409
    assert seat.get(f"/api/tickets/{ticket}/files/{key}").data == files.PDF


def test_the_log_keeps_what_was_sent(water: Somebody, ticket: TicketId) -> None:
    key = upload(water, ticket).json["file"]["key"]
    reply(water, ticket, [key])
    [entry] = [e for e in matter(water, ticket)["log"] if e["action"] == "attach"]  # type: ignore[attr-defined]
    assert (
        entry["detail"]["file1"].split()[0] == "报告.pdf" and len(entry["detail"]["file1"].split()[1]) == 64
    )


@pytest.mark.parametrize(
    ("data", "name", "inline"),
    [(files.PDF, "a.pdf", False), (files.png(), "a.png", True), (files.DOCX, "a.docx", False)],
)
def test_a_file_is_given_out_so_that_it_runs_nothing(
    water: Somebody, ticket: TicketId, data: bytes, name: str, inline: bool
) -> None:
    key = upload(water, ticket, data, name).json["file"]["key"]
    answer = water.get(f"/api/tickets/{ticket}/files/{key}")
    assert answer.data == data
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("inline" if inline else "attachment")
    assert name in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("data", "name", "status", "reason"),
    [
        (files.PROGRAM, "photo.jpg", 422, "kind"),
        (files.ELF, "a.pdf", 422, "kind"),
        (files.PAGE, "a.jpg", 422, "kind"),
        (files.PICTURE_THAT_RUNS, "a.png", 422, "kind"),
        (files.MACROS, "a.docx", 422, "kind"),
        (files.PDF, "a.exe", 422, "executable"),
        (b"", "a.pdf", 422, "empty"),
    ],
)
def test_a_wicked_file_leaves_nothing(
    parts: ConsoleParts, water: Somebody, ticket: TicketId, data: bytes, name: str, status: int, reason: str
) -> None:
    refused = upload(water, ticket, data, name)
    assert (refused.status_code, refused.json["error"]["reason"]) == (status, reason)
    assert (listed(water, ticket), stored(parts)) == ([], [])


class Endless(io.RawIOBase):
    """A body that never ends, and how much of it was read."""

    read_bytes = position = 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = 0) -> int:
        self.position = 200 * 2**20 if whence == io.SEEK_END else 0
        return self.position

    def readinto(self, buffer: object) -> int:
        size = len(memoryview(buffer))  # type: ignore[arg-type]
        self.read_bytes += size
        return size


def test_200_mb_are_refused_before_a_byte_is_read(
    parts: ConsoleParts, water: Somebody, ticket: TicketId
) -> None:
    body = Endless()
    answer = water.client.post(f"/api/work/{ticket}/files?name=a.pdf", input_stream=body, headers=RAW)
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_large")
    assert (answer.headers["Connection"], body.read_bytes, stored(parts)) == ("close", 0, [])


def test_a_body_without_its_length_is_cut_at_the_limit(
    parts: ConsoleParts, water: Somebody, ticket: TicketId
) -> None:
    body = Endless()
    answer = water.client.post(
        f"/api/work/{ticket}/files?name=a.pdf",
        input_stream=body,
        headers=RAW | {"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )
    assert answer.status_code in (413, 422)
    assert body.read_bytes < 2 * LARGEST
    assert stored(parts) == []


def test_another_units_files_are_not_there(app: Flask, water: Somebody, ticket: TicketId) -> None:
    street, key = log_in(app, "unit04"), upload(water, ticket).json["file"]["key"]
    assert upload(street, ticket).status_code == 404
    assert street.get(f"/api/tickets/{ticket}/files").status_code == 404
    assert street.get(f"/api/tickets/{ticket}/files/{key}").status_code == 404
    assert remove(street, ticket, key) == 404
    assert listed(water, ticket) == ["报告.pdf"]


def test_a_file_of_another_ticket_is_not_sent(parts: ConsoleParts, water: Somebody, ticket: TicketId) -> None:
    other = accept(parts)
    key = upload(water, other).json["file"]["key"]
    for keys, status in (([key], 404), ([999], 404), (["1"], 400), ([True], 400), ([1] * 11, 400)):
        assert reply(water, ticket, keys).status_code == status  # type: ignore[arg-type]
    assert matter(water, ticket)["state"] == "signed"
    assert listed(water, other) == ["报告.pdf"]


def test_a_file_is_taken_away_before_it_is_sent(
    parts: ConsoleParts, water: Somebody, ticket: TicketId
) -> None:
    first, second = (upload(water, ticket).json["file"]["key"] for _ in range(2))
    assert len(stored(parts)) == 1
    assert (remove(water, ticket, first), listed(water, ticket)) == (200, ["报告.pdf"])
    assert (remove(water, ticket, second), listed(water, ticket)) == (200, [])
    assert remove(water, ticket, second) == 404
    assert attachments.sweep(parts.storage, parts.shelf, datetime.now(UTC)) == 0
    for path in stored(parts):
        os.utime(path, (0, 0))
    assert attachments.sweep(parts.storage, parts.shelf, datetime.now(UTC)) == 1
    assert stored(parts) == []


def test_a_file_whose_answer_never_comes_is_swept_and_a_sent_one_stays(
    parts: ConsoleParts, water: Somebody, ticket: TicketId
) -> None:
    other = accept(parts)
    upload(water, other, files.png())
    reply(water, ticket, [upload(water, ticket).json["file"]["key"]])
    for path in stored(parts):
        os.utime(path, (0, 0))
    assert attachments.sweep(parts.storage, parts.shelf, datetime.now(UTC) + timedelta(days=6)) == 0
    assert attachments.sweep(parts.storage, parts.shelf, datetime.now(UTC) + timedelta(days=8)) == 1
    assert (listed(water, other), listed(water, ticket)) == ([], ["报告.pdf"])


def test_ten_files_are_enough_and_none_comes_after_the_reply(water: Somebody, ticket: TicketId) -> None:
    keys = [upload(water, ticket, files.PDF + bytes([n])).json["file"]["key"] for n in range(10)]
    refused = upload(water, ticket)
    assert (refused.status_code, refused.json["error"]["reason"]) == (409, "too_many_files")
    assert reply(water, ticket, keys).status_code == 200
    late = upload(water, ticket)
    assert (late.status_code, late.json["error"]["reason"]) == (409, "no_answer_due")


def test_only_units_upload(app: Flask, ticket: TicketId) -> None:
    assert upload(log_in(app, "seat01"), ticket).status_code == 403
    plain = log_in(app, "unit01").client.post(f"/api/work/{ticket}/files?name=a", data=b"x", headers=HERE)
    assert plain.status_code == 415
