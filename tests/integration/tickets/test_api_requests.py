"""Requests of programs on both databases: what was asked twice at one moment is done once."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from hotline.domain.errors import Conflict, Contended
from hotline.services import api_keys, intake
from hotline.services.ports_api import Answered, ApiKey
from hotline.storage.sql import SqlStorage
from hotline.storage.tables_tickets import tickets
from tests.support.matters import City, Topics, at


@pytest.fixture
def city(storage: SqlStorage) -> Iterator[City]:
    yield City(storage)


@pytest.fixture
def key(city: City) -> ApiKey:
    with city.storage.writing() as tx:
        return api_keys.create(tx, name="p", role="supervisor", made_by="t", at=at(), may_write=True).key


def ask(city: City, key: ApiKey, digest: str = "d") -> str:
    """What the door does with a named request, once again when somebody was faster."""
    for _ in range(2):
        try:
            with city.storage.writing() as tx:
                before = api_keys.answer_again(tx, key, "order-1", digest)
                if before:
                    return str(before.answer)
                number, _ticket = intake.accept(tx, api_keys.actor_of(key), city.fields(), Topics(), at())
                api_keys.remember(
                    tx, key, "order-1", at(), Answered(digest=digest, status=201, answer=number)
                )
                return number
        except Contended:
            continue
    raise AssertionError("contended twice")


def test_the_same_request_from_many_at_once_makes_one_ticket(city: City, key: ApiKey) -> None:
    got: list[str] = []
    gate = threading.Barrier(4)

    def one() -> None:
        gate.wait()
        got.append(ask(city, key))

    threads = [threading.Thread(target=one) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(got) == 4
    assert len(set(got)) == 1
    with city.storage.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tickets)).scalar_one() == 1
    with pytest.raises(Conflict):
        ask(city, key, digest="another")


def test_old_answers_are_let_go(city: City, key: ApiKey) -> None:
    first = ask(city, key)
    answered = Answered(digest="x", status=200, answer=1)
    with city.storage.writing() as tx:
        api_keys.remember(tx, key, "later", at(days=8), answered)
    with city.storage.reading() as tx:
        assert tx.api.answered(key.id, "order-1") is None
        assert tx.api.answered(key.id, "later") == answered
    assert ask(city, key) != first


def test_a_key_is_found_by_its_whole_text_only(city: City) -> None:
    with city.storage.writing() as tx:
        new = api_keys.create(tx, name="q", role="seat", made_by="t", at=at())
    with city.storage.reading() as tx:
        assert api_keys.find(tx, new.text) == new.key
        for wrong in (
            "",
            "hl_",
            new.text[:-1],
            new.text + "x",
            new.text[:-1] + "\ud800",
            "hl_" + "0" * 12 + "_" + "a" * 43,
        ):
            assert api_keys.find(tx, wrong) is None
