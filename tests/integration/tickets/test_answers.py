"""Files with an answer on both databases: kept with the log's word, swept when the answer never comes."""

import io
import os
import threading
from pathlib import Path

import pytest

from hotline.domain.attachments import MOST_UNSENT
from hotline.domain.errors import Conflict, HotlineError, Invalid, NotFound
from hotline.domain.ids import TicketId
from hotline.domain.ticket_moves import Action
from hotline.services import attachments, audit, work
from hotline.storage.shelf import FileShelf
from hotline.storage.sql import SqlStorage
from tests.support import files
from tests.support.matters import HEAT, T0, WATER, City, at


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return City(storage)


@pytest.fixture
def shelf(tmp_path: Path) -> FileShelf:
    return FileShelf(tmp_path / "attachments")


def add(city: City, shelf: FileShelf, ticket: TicketId, data: bytes = files.PDF, unit: str = WATER) -> int:
    actor, read = city.users[unit], io.BytesIO(data).read  # type: ignore[index]
    return attachments.add(city.storage, shelf, actor, ticket, "../报告.pdf", read, T0).key


def names(city: City, ticket: TicketId, unit: str = WATER) -> list[str]:
    with city.storage.reading() as tx:
        return [f.name for f in attachments.listed(tx, city.users[unit], ticket)]  # type: ignore[index]


def test_an_answer_and_its_files_are_one(city: City, shelf: FileShelf) -> None:
    ticket = city.in_hand()
    city.do(city.users[WATER], ticket, Action.ASK_UNIT, T0, unit=HEAT, days=2)
    key, other = add(city, shelf, ticket), add(city, shelf, ticket, files.png(), HEAT)
    assert (names(city, ticket), names(city, ticket, HEAT)) == (["报告.pdf"], ["报告.pdf.png"])
    with pytest.raises(HotlineError), city.storage.writing() as tx:
        work.act(tx, city.users[WATER], ticket, city.version(ticket), Action.REPLY, {"text": "已修好"}, at(1))
        attachments.send(tx, city.users[WATER], ticket, [key, other], at(1))
    with city.storage.writing() as tx:
        work.act(tx, city.users[WATER], ticket, city.version(ticket), Action.REPLY, {"text": "已修好"}, at(1))
        attachments.send(tx, city.users[WATER], ticket, [key], at(1))
    with city.storage.reading() as tx:
        course = tx.courses.get(ticket)
        assert course
        entries = tx.log.of(course.key)
        assert isinstance(audit.verify(tx, []), audit.Whole)
        [kept] = [file for file in tx.attachments.of_ticket(course.key) if file.sent_at]
    assert [entry.action for entry in entries][-2:] == ["reply", "attach"]
    assert dict(entries[-1].detail) == {"file1": f"报告.pdf {kept.sha256}"}
    assert (kept.sent_at, names(city, ticket, HEAT)) == (at(1), ["报告.pdf", "报告.pdf.png"])
    with pytest.raises(Conflict):
        attachments.remove(city.storage, city.users[WATER], ticket, key)
    for path in shelf.path(kept.sha256).parent.parent.glob("*/*"):
        os.utime(path, (0, 0))
    assert attachments.sweep(city.storage, shelf, at(8)) == 1
    assert shelf.path(kept.sha256).read_bytes() == files.PDF
    assert names(city, ticket, HEAT) == ["报告.pdf"]


def test_another_units_ticket_takes_no_file(city: City, shelf: FileShelf, tmp_path: Path) -> None:
    ticket = city.in_hand()
    with pytest.raises(NotFound):
        add(city, shelf, ticket, unit=HEAT)
    with pytest.raises(Invalid):
        add(city, shelf, ticket, files.PROGRAM)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and "attachments" in path.parts] == []


def test_many_at_once_are_no_more_than_many_in_turn(city: City, shelf: FileShelf) -> None:
    ticket = city.in_hand()
    refused: list[str] = []

    def bring(number: int) -> None:
        try:
            add(city, shelf, ticket, files.PDF + bytes([number]))
        except Conflict as problem:
            refused.append(problem.reason)

    threads = [threading.Thread(target=bring, args=(n,)) for n in range(MOST_UNSENT + 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(names(city, ticket)), refused) == (MOST_UNSENT, ["too_many_files"] * 4)
