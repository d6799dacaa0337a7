"""The tree of units: who may stand where, what a unit must be, and what the first one is called."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hotline.domain.ids import UnitId
from hotline.domain.units import Level, Unit, UnitBusy, UnitTree, next_id, parent_by_name


def a_unit(number: int, name: str, level: Level = Level.CITY, parent: Unit | None = None) -> Unit:
    id_ = UnitId(f"u{number:03d}")
    return Unit(id=id_, name=name, level=level, parent=parent.id if parent else None)


POLICE = a_unit(1, "市公安局")
TRAFFIC = a_unit(2, "市公安局交通警察大队", parent=POLICE)
TOWN = a_unit(3, "密州街道", Level.TOWN)
EAST = a_unit(4, "东关社区", Level.COMMUNITY, TOWN)
TREE = UnitTree([EAST, TOWN, TRAFFIC, POLICE])


def test_the_tree_as_it_is_has_no_problems() -> None:
    assert [TREE.problems(unit) for unit in (POLICE, TRAFFIC, TOWN, EAST)] == [{}, {}, {}, {}]
    assert TREE.in_order() == [(0, POLICE), (1, TRAFFIC), (0, TOWN), (1, EAST)]
    assert list(TREE.below(POLICE.id)) == [TRAFFIC]
    assert TREE.named("东关社区") == EAST
    assert TREE.get(UnitId("u999")) is None


@pytest.mark.parametrize(
    ("unit", "change", "problems"),
    [
        (TRAFFIC, {"name": " "}, {"name": "required"}),
        (TRAFFIC, {"name": "长" * 61}, {"name": "too_long"}),
        (TRAFFIC, {"name": "交警\n大队"}, {"name": "unreadable"}),
        (TRAFFIC, {"name": "密州街道"}, {"name": "taken"}),
        (TRAFFIC, {"parent": UnitId("u999")}, {"parent": "unknown"}),
        (TRAFFIC, {"parent": TOWN.id}, {"parent": "wrong_level"}),
        (TRAFFIC, {"parent": TRAFFIC.id}, {"parent": "own_child"}),
        (POLICE, {"parent": TRAFFIC.id}, {"parent": "own_child"}),
        (EAST, {"parent": None}, {"parent": "wrong_level"}),
        (EAST, {"parent": POLICE.id}, {"parent": "wrong_level"}),
        (TOWN, {"parent": POLICE.id}, {"parent": "wrong_level"}),
        (TOWN, {"level": Level.CITY}, {"level": "has_children"}),
        (POLICE, {"level": Level.TOWN}, {"level": "has_children"}),
        (TOWN, {"email": "a@b.cn, c@d.cn"}, {"email": "no_address"}),
        (TOWN, {"email": "a@b.cn\nBcc: c@d.cn"}, {"email": "no_address"}),
        (TOWN, {"email": "a@" + "b" * 260}, {"email": "no_address"}),
        (TOWN, {"email": "nobody"}, {"email": "no_address"}),
        (TOWN, {"email": "mizhou@zhucheng.example"}, {}),
    ],
)
def test_what_a_unit_may_not_be(unit: Unit, change: dict[str, object], problems: dict[str, str]) -> None:
    assert TREE.problems(replace(unit, **change)) == problems  # type: ignore[arg-type]


def test_nothing_new_stands_under_a_closed_unit() -> None:
    closed = replace(TOWN, closed_at=datetime(2026, 3, 2, tzinfo=UTC))
    new = a_unit(9, "西关社区", Level.COMMUNITY, TOWN)
    assert UnitTree([closed, EAST]).problems(new) == {"parent": "unknown"}


def test_numbers_go_on_after_the_highest() -> None:
    assert next_id([]) == "u001"
    assert next_id([EAST, POLICE]) == "u005"
    assert next_id([a_unit(999, "x")]) == "u1000"


def test_a_department_is_found_by_how_the_name_begins() -> None:
    deeper = "市公安局交通警察大队城区中队"
    assert parent_by_name(deeper, [POLICE, TRAFFIC, TOWN]) == TRAFFIC
    assert parent_by_name("市公安局", [POLICE]) is None
    assert parent_by_name("密州街道办事处", [TOWN]) is None


def test_what_stands_in_the_way_of_closing_is_one_sentence() -> None:
    busy = UnitBusy(7, ("T-2026-000001",), ("wang",), ("东关社区",))
    assert str(busy) == (
        "before this unit is closed: 7 open tickets (T-2026-000001 …): name the unit that takes them over; "
        "accounts wang: disable or assign them; units below it (东关社区): close or move them"
    )
    assert "accounts" not in str(UnitBusy(1, ("T-2026-000001",), (), ()))
