"""Finding tickets on both databases: up to date with each save, the same answers, never what is not one's own."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text

from hotline import bootstrap
from hotline.domain.actors import HOTLINE
from hotline.domain.ids import TicketId
from hotline.domain.search_terms import number_hash
from hotline.domain.ticket import FieldsInvalid
from hotline.domain.ticket_moves import Action
from hotline.secrets import ensure_secrets
from hotline.services import courses, search
from hotline.services.search import TicketQuery
from hotline.settings import Settings
from hotline.storage import search as search_store
from hotline.storage import ticket_index
from hotline.storage.search import index_missing
from hotline.storage.sql import SqlStorage, migrate
from tests.support.matters import HEAT, NUMBER, STREET, T0, WATER, City, at

KEY = "a key for numbers in tests"


@pytest.fixture
def city(database_url: str) -> Iterator[City]:
    migrate(database_url)
    storage = SqlStorage.open(database_url, number_key=KEY)
    yield City(storage)
    storage.close()


def found(city: City, actor: object = None, /, after: str = "", limit: int = 50, **query: str) -> list[str]:
    with city.storage.reading() as tx:
        page = search.find(tx, actor or city.boss, TicketQuery.from_mapping(query), after, limit)  # type: ignore[arg-type]
    return [row.id for row in page.rows]


def test_words_of_chinese_without_spaces(city: City) -> None:
    pipe = city.a_ticket(at(0), what="小区自来水管爆裂，停水三天没人管", place="人民路 12 号")
    heat = city.a_ticket(at(0, 1), what="供暖温度只有 15℃", place="密州街道和平街", unit=HEAT)
    assert found(city, words="停水") == [pipe]
    assert found(city, words="自来水管爆裂") == [pipe]
    assert found(city, words="停水 人民路") == [pipe]
    assert found(city, words="三天水停") == []
    assert found(city, words="水管没人") == []  # each pair is there, the words are not
    assert found(city, words="１５") == [heat]  # a full-width digit is a digit
    assert found(city, words="停水 温度") == []
    assert found(city, place="和平街") == [heat]
    assert found(city, place="停水") == []
    assert found(city) == [heat, pipe]


def test_a_change_is_found_at_once_and_the_old_no_more(city: City) -> None:
    ticket = city.a_ticket()
    assert (found(city, state="handed_over"), found(city, state="closed")) == ([ticket], [])
    city.do(city.users[WATER], ticket, Action.SIGN)
    city.do(city.users[WATER], ticket, Action.TAKE_IN_HAND)
    city.do(city.users[WATER], ticket, Action.REPLY, text="阀门已经更换")
    assert (found(city, state="handed_over"), found(city, state="replied")) == ([], [ticket])
    assert (found(city, state="open"), found(city, state="closed,replied")) == ([ticket], [ticket])
    assert found(city, words="阀门更换") == []
    assert found(city, words="阀门已经") == [ticket]


def test_a_draft_is_found_by_nobody_and_a_failed_change_leaves_the_index_alone(city: City) -> None:
    ticket = city.a_ticket(what="路灯不亮")
    with pytest.raises(RuntimeError), city.storage.writing() as tx:
        course = tx.courses.get(ticket)
        assert course
        course.sign("u", at(1))
        tx.courses.save(course)
        raise RuntimeError("in the middle")
    assert found(city, words="路灯", state="handed_over") == [ticket]
    assert found(city, state="signed") == []


def test_the_time_of_acceptance_by_days_of_the_city(city: City) -> None:
    # 2 March 23:59 and 3 March 00:00 in Shanghai
    late = city.a_ticket(at(0, 14) + timedelta(minutes=59))
    early = city.a_ticket(at(0, 15))
    assert found(city, since="2026-03-02", until="2026-03-02") == [late]
    assert found(city, since="2026-03-03") == [early]
    assert found(city, until="2026-03-02") == [late]
    assert found(city, since="2026-03-04") == []


def test_kind_topic_unit_and_the_ticket_number(city: City) -> None:
    first = city.a_ticket(at(0), kind="help", topic="heat", unit=HEAT)
    second = city.a_ticket(at(1))
    assert found(city, kind="help") == [first]
    assert found(city, topic="water") == [second]
    assert found(city, unit=WATER) == [second]
    assert found(city, words=first.lower()) == [first]
    assert found(city, words="2026-000002") == [second]
    assert found(city, words="T-2026-999999") == []
    assert found(city, words=first, unit=WATER) == []


def test_a_number_is_found_by_its_hash_and_in_no_statement(city: City) -> None:
    seen: list[str] = []
    mine = city.a_ticket()

    def watch(_c: object, _cur: object, statement: str, parameters: object, _x: object, _m: object) -> None:
        seen.append(f"{statement} {parameters}")

    event.listen(city.storage.engine, "before_cursor_execute", watch)
    assert found(city, number=NUMBER) == [mine]
    assert found(city, words=f"+86 {NUMBER}") == [mine]
    assert found(city, number="138-1234-5678") == [mine]
    assert found(city, number="13800000000") == []
    assert seen and NUMBER not in "\n".join(seen)
    with city.storage.engine.connect() as connection:
        assert connection.execute(text("select number_hash from ticket_search")).scalars().all() == [
            number_hash(KEY, NUMBER)
        ]


def test_a_matter_done_again_is_found_by_the_number_of_its_first_call(city: City) -> None:
    first = city.replied(at(0))
    said = {"responded": True, "solved": False, "satisfaction": "not", "words": ""}
    city.do(city.other, first, Action.CALL_BACK, at(1), args=said)
    assert len(found(city, number=NUMBER)) == 2


def test_who_has_no_key_for_numbers_leaves_what_they_are_found_by(city: City, database_url: str) -> None:
    ticket = city.a_ticket()
    keyless = SqlStorage.open(database_url)
    with keyless.writing() as tx:
        courses.perform_in(tx, city.users[WATER], ticket, city.version(ticket), Action.SIGN, {}, at(1))
    keyless.close()
    assert found(city, number=NUMBER, state="signed") == [ticket]


def test_what_the_switch_saves_is_found_by_its_number(city: City, database_url: str, tmp_path: Path) -> None:
    settings = Settings.from_env(
        {"HOTLINE_RUNTIME_DIR": str(tmp_path / "run"), "HOTLINE_DATABASE_URL": database_url}
    )
    ensure_secrets(settings.secrets_dir)
    first = city.replied(at(0))
    said = {"responded": True, "solved": False, "satisfaction": "not", "words": ""}

    async def done_again() -> None:
        worker = bootstrap.open_switch(settings).worker
        await worker.write(
            lambda tx: courses.perform_in(tx, HOTLINE, first, None, Action.CALL_BACK, said, at(1))
        )
        worker.close()

    asyncio.run(done_again())
    storage = SqlStorage.open(database_url, number_key=settings.number_secret)
    with storage.reading() as tx:
        rows = search.find(tx, city.boss, TicketQuery.from_mapping({"number": NUMBER}), "", 50).rows
    storage.close()
    assert len(rows) == 2


def test_a_unit_finds_its_own_and_those_it_has_a_part_of(city: City) -> None:
    mine = city.in_hand(at(0), what="停水", confidential=True, citizen_name="王小明")
    other = city.a_ticket(at(1), what="停水", unit=HEAT)
    assert found(city, city.users[WATER], words="停水") == [mine]
    assert found(city, city.users[STREET], words="停水") == []
    city.do(city.users[WATER], mine, Action.ASK_UNIT, at(0), unit=STREET, days=1)
    assert found(city, city.users[STREET], words="停水") == [mine]
    assert found(city, city.users[STREET], words=other) == []
    assert found(city, city.users[WATER], words="王小明") == []  # a kept name is no way to a ticket
    assert found(city, city.boss, words="王小明") == [mine]
    with pytest.raises(FieldsInvalid) as problem:
        found(city, city.users[WATER], number=NUMBER)
    assert problem.value.problems == {"number": "not_allowed"}
    with city.storage.reading() as tx:
        row = search.find(tx, city.users[WATER], TicketQuery()).rows[0]
        view = search.view(city.users[WATER], row, {}, {})
    assert (view["citizen_name"], view["number"]) == ("", "138****5678")


def test_pages_go_on_where_the_last_ended_whatever_came_meanwhile(city: City) -> None:
    ids = [city.a_ticket(at(0, n)) for n in range(7)]
    got: list[str] = []
    after = ""
    while True:
        with city.storage.reading() as tx:
            page = search.find(tx, city.boss, TicketQuery(words="停水"), after, 3)
        got += [row.id for row in page.rows]
        if page.next is None:
            break
        after = page.next
        city.a_ticket(at(1, len(got)))
    assert got == list(reversed(ids))


def test_tickets_of_one_second_each_have_their_place(city: City) -> None:
    ids = {city.a_ticket(at(0)) for _ in range(4)}
    assert set(found(city)) == ids
    assert len(found(city, limit=2)) == 2


def test_a_database_from_before_the_index_gets_it(city: City) -> None:
    ticket = city.a_ticket()
    with city.storage.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("insert into ticket_words(ticket_words) values ('delete-all')"))
        connection.execute(text("delete from ticket_search"))
    assert found(city) == []
    assert index_missing(city.storage) == 1
    assert index_missing(city.storage) == 0
    assert found(city, words="停水") == [ticket]


def test_a_number_that_was_lost_from_the_index_comes_back_at_the_start(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_store, "AT_ONCE", 2)
    tickets = [city.a_ticket() for _ in range(3)]
    with city.storage.engine.begin() as connection:
        connection.execute(text("update ticket_search set number_hash = null, digest = 'without'"))
    assert found(city, number=NUMBER) == []
    assert index_missing(city.storage) == 3
    assert index_missing(city.storage) == 0
    assert set(found(city, number=NUMBER)) == set(tickets)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"words": "水"}, {"words": "too_short"}),
        ({"words": "？！"}, {"words": "too_short"}),
        ({"words": "停水 " * 40}, {"words": "too_long"}),
        ({"words": "一二 三四 五六 七八 九十 甲乙 丙丁 戊己 庚辛"}, {"words": "too_many_words"}),
        ({"words": "停水\x00"}, {"words": "unreadable"}),
        ({"words": "停水\ud800"}, {"words": "unreadable"}),
        ({"words": 7}, {"words": "wrong_type"}),
        ({"colour": "red", "kind": "x"}, {"colour": "unknown"}),
        ({"kind": "x", "state": "draft"}, {"kind": "unknown", "state": "unknown"}),
        ({"since": "2026-02-30"}, {"since": "no_day"}),
        ({"since": "20260201"}, {"since": "no_day"}),
        ({"since": "2026-03-02", "until": "2026-03-01"}, {"until": "before_since"}),
        ({"number": "12"}, {"number": "unreadable"}),
    ],
)
def test_a_wrong_query_names_each_field(query: dict[str, object], problem: dict[str, str]) -> None:
    with pytest.raises(FieldsInvalid) as raised:
        TicketQuery.from_mapping(query)
    assert raised.value.problems == problem


HOSTILE = {
    "停水' or 1=1 --": False,
    '停水" OR "a': False,
    "停水\\' & !停": True,
    "停水:* | (": True,
    "\"'\"' NEAR(停水)": False,
    "_sabcdef012345": False,
    "ＡＢ%_ ": False,
}


def test_a_hostile_query_is_only_words(city: City) -> None:
    ticket = city.a_ticket(what="停水了")
    for words, plain in HOSTILE.items():
        assert found(city, words=words) == ([ticket] if plain else []), words
        assert found(city, place=words, unit=words, topic=words) == [], words


def test_a_wrong_cursor_is_refused(city: City) -> None:
    for after in ("x", "-1", "9" * 19, "1e5", "①"):
        with pytest.raises(FieldsInvalid):
            found(city, after=after)


def test_a_word_that_looks_frequent_and_is_nowhere_ends(city: City) -> None:
    """Its pairs are in every ticket, the word is in none: the search ends, and says where it got to."""
    for n in range(30):
        city.a_ticket(at(0, n / 10), what="水停了停水管")
    assert found(city, words="停了停水管水") == []
    assert len(found(city, words="停水管")) == 30
    assert TicketId("x") not in found(city)


def test_newest_first_however_frequent_a_word_is(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over ten years: what each of PostgreSQL's ways of looking finds, and where one hands on to the next."""
    monkeypatch.setattr(ticket_index, "NEWEST", 5)
    monkeypatch.setattr(ticket_index, "RARE", 3)
    words = {"停水": 1, "路灯": 2, "噪音": 7, "暖气": 20, "井盖": 41}
    told: dict[str, list[str]] = {word: [] for word in words}
    for n in range(80):
        said = [word for word, every in words.items() if n % every == 0]
        ticket = city.a_ticket(T0 + timedelta(days=45 * (n - 80)), what="，".join(said))
        for word in said:
            told[word].insert(0, ticket)
    for word, expected in told.items():
        assert found(city, None, "", 100, words=word) == expected
        pages: list[str] = []
        after: str | None = ""
        while after is not None:
            with city.storage.reading() as tx:
                page = search.find(tx, city.boss, TicketQuery.from_mapping({"words": word}), after, 3)
            pages += [row.id for row in page.rows]
            after = page.next
        assert pages == expected
    since = (T0 - timedelta(days=45 * 30)).date().isoformat()
    assert found(city, words="暖气", since=since) == told["暖气"][:1]
    assert found(city, words="暖气", until=since) == told["暖气"][1:]
