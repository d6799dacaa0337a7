"""What citizens said at a month's callbacks, on both databases: by unit, each figure with its tickets."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from hotline.domain import callback_figures
from hotline.domain.ids import TicketId, UnitId
from hotline.domain.on_time import month
from hotline.domain.ticket_moves import Action
from hotline.services import answers, deadlines, work
from hotline.storage.answers import SqlAnswerStore
from hotline.storage.engine import open_engine
from hotline.storage.sql import SqlStorage, migrate
from tests.support.matters import HEAT, WATER, City, at

A = Action
MONTH = "2026-03"


@pytest.fixture
def city(storage: SqlStorage) -> City:
    return City(storage)


def called_back(
    city: City, unit: UnitId, satisfaction: str, solved: bool, responded: bool = True,
    when: datetime | None = None,
) -> TicketId:  # fmt: skip
    ticket, then = city.a_ticket(unit=unit), when or at(hours=3)
    for action, args in ((A.SIGN, {}), (A.TAKE_IN_HAND, {}), (A.REPLY, {"text": "已修好"})):
        city.do(city.users[unit], ticket, action, at(hours=1), args)
    said = {"responded": responded, "solved": solved, "satisfaction": satisfaction}
    city.do(city.other, ticket, A.CALL_BACK, then, said)
    return ticket


def given_up(city: City, unit: UnitId) -> TicketId:
    ticket = city.replied(unit=unit)
    for hours in (2, 6, 10):
        city.do(city.other, ticket, A.MISS_CITIZEN, at(hours=hours))
    city.do(city.other, ticket, A.GIVE_UP_CALLING, at(hours=11))
    return ticket


def furnish(city: City) -> dict[str, TicketId]:
    """Of water: satisfied, basically, not; of heat: not; one that nobody reached, one of another month."""
    made = {
        "good": called_back(city, WATER, "satisfied", solved=True),
        "fair": called_back(city, WATER, "basically", solved=True),
        "bad": called_back(city, WATER, "not", solved=False),
        "worse": called_back(city, HEAT, "not", solved=False, responded=False),
        "gone": given_up(city, WATER),
    }
    made["april"] = called_back(city, WATER, "satisfied", solved=True, when=month(2026, 4)[0])
    city.in_hand()
    return made


def test_the_shares_of_a_month_all_and_by_unit(city: City) -> None:
    furnish(city)
    with city.storage.reading() as tx:
        found = deadlines.board(tx, at(days=3), MONTH)["answers"]
        own = work.board(tx, WATER, "open", str, at(days=3))["figures"]["answers"]
        others = work.board(tx, HEAT, "open", str, at(days=3))["figures"]["answers"]
    whole = found["total"]
    assert {name: whole[name] for name in ("valid", "responded", "solved", "satisfied", "basically")} == {
        "valid": 4, "responded": 3, "solved": 2, "satisfied": 1, "basically": 1,
    }  # fmt: skip
    assert (whole["responded_share"], whole["solved_share"]) == (0.75, 0.5)
    assert whole["satisfied_share"] == pytest.approx(0.475)  # (1 + 0.9) ÷ 4
    assert [(row["unit_name"], row["valid"]) for row in found["units"]] == [("供暖公司", 1), ("水务集团", 3)]
    assert found["units"][1]["satisfied_share"] == pytest.approx(1.9 / 3)
    assert own == {name: found["units"][1][name] for name in own}
    assert (others["valid"], others["responded_share"], others["satisfied_share"]) == (1, 0.0, 0.0)


def test_what_the_database_counts_is_what_the_rule_says_of_each(city: City) -> None:
    furnish(city)
    first, last = month(2026, 3)
    with city.storage.reading() as tx:
        counted, said = tx.answers.by_unit(first, last), tx.answers.said_in(first, last)
    for unit, found in counted.items():
        assert found == callback_figures.verdict(each.answers for each in said if each.unit == unit)


def test_each_figure_opens_the_tickets_it_counts(city: City) -> None:
    made = furnish(city)

    def listed(what: str, unit: str | None = None) -> set[str]:
        with city.storage.reading() as tx:
            found = deadlines.listing(tx, what, at(days=3), str, unit, MONTH)
        assert found["count"] == len(found["rows"])
        return {row["id"] for row in found["rows"]}

    assert listed("said_valid") == {made[name] for name in ("good", "fair", "bad", "worse")}
    assert listed("said_responded") == {made[name] for name in ("good", "fair", "bad")}
    assert listed("said_solved") == listed("said_satisfied") == {made["good"], made["fair"]}
    assert listed("said_valid", HEAT) == {made["worse"]} and listed("said_solved", HEAT) == set()


def test_a_month_begins_and_ends_at_the_citys_midnight(city: City) -> None:
    first, last = month(2026, 4)
    inside = called_back(city, WATER, "satisfied", True, when=last - timedelta(microseconds=1))
    called_back(city, WATER, "satisfied", True, when=last)
    called_back(city, WATER, "satisfied", True, when=first - timedelta(microseconds=1))
    with city.storage.reading() as tx:
        assert answers.tickets(tx, "said_valid", first, last, None) == [inside]


def test_an_empty_month_has_no_share(city: City) -> None:
    with city.storage.reading() as tx:
        found = deadlines.board(tx, at(), "2026-01")["answers"]
    assert found["units"] == [] and found["total"]["valid"] == 0
    assert found["total"]["satisfied_share"] is None


def test_a_month_is_read_from_its_index_alone(tmp_path: Path) -> None:
    """SQLite, which keeps no statistics; PostgreSQL chooses by its own."""
    url = f"sqlite:///{tmp_path}/hotline.db"
    migrate(url)
    engine, asked = open_engine(url), []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    with engine.connect() as connection:
        SqlAnswerStore(connection).by_unit(*month(2026, 3))
        statement, values = asked[-1]
        plan = connection.exec_driver_sql(f"explain query plan {statement}", values).all()
    engine.dispose()
    assert plan[0][3].startswith("SEARCH tickets USING COVERING INDEX ix_tickets_told")
