"""A places file is taken whole or not at all; what was heard is found by its sound."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.dialect import folded
from hotline.domain.errors import Invalid
from hotline.domain.gazetteer import MAX_HEARD, Gazetteer, Sound, sounds_of
from hotline.domain.places import MAX_FILE, Place, parse_places

SHIPPED = Path("hotline/topics/places.toml").read_text(encoding="utf-8")
ENTRY = '[[place]]\nname = "{}"\nkind = "village"\nwithin = "{}"\n'


def said(text: str, syllables: str) -> tuple[Sound, ...]:
    return sounds_of(text, syllables.split())


PEOPLE_ROAD = Place(name="人民路", kind="street")
LIU_VILLAGE = Place(name="刘家庄", kind="village", within="龙都街道")
SHUN_VILLAGE = Place(name="顺昌村", kind="village", also=("顺昌",))
EAST_ROAD = Place(name="人民东路", kind="street")
KNOWN = Gazetteer(
    [
        (PEOPLE_ROAD, said("人民路", "ren min lu")),
        (EAST_ROAD, said("人民东路", "ren min dong lu")),
        (LIU_VILLAGE, said("刘家庄", "liu jia zhuang")),
        (SHUN_VILLAGE, said("顺昌村", "shun chang cun")),
        (SHUN_VILLAGE, said("顺昌", "shun chang")),
    ]
)


def test_the_shipped_file_is_whole() -> None:
    places = parse_places(SHIPPED)
    assert len(places) > 100
    assert {"district", "street", "village"} <= {place.kind for place in places}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no places"),
        ("[[place]\n", "line 1"),
        ("place = 3\n", "must be written as [[place]]"),
        ("place = [1]\n", "must be written as [[place]]"),
        ('colour = "red"\n' + ENTRY.format("东村", ""), "unknown entry 'colour'"),
        ('# places\n[[place]]\nname = ""\nkind = "village"\n', "line 2: 'name' must be"),
        ('[[place]]\nname = 7\nkind = "village"\n', "'name' must be"),
        ('[[place]]\nname = "东村"\nkind = "moon"\n', "line 1: 'kind' must be one of"),
        (ENTRY.format("东村", "") + 'also = "东"\n', "'also' must be a list"),
        (ENTRY.format("东村", "") + "also = [[]]\n", "'also' must be a list"),
        ('[[place]]\nname = "东村"\nkind = "village"\nwithin = {}\n', "'within' must be"),
        (ENTRY.format("东村", "") + "lines = 3\n", "unknown field 'lines'"),
        (ENTRY.format("东村", "城关镇") * 2, "'东村' is there twice in '城关镇'"),
        (ENTRY.format("东\\u0007村", ""), "'name' must be"),
        ("#" * (MAX_FILE + 1), f"longer than {MAX_FILE} characters"),
        ("x = " + "[" * 5_000, "places"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_places(text)
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_all_errors_come_at_once_but_not_a_thousand() -> None:
    with pytest.raises(Invalid) as refusal:
        parse_places('[[place]]\nname = "东村"\n' * 100)
    assert str(refusal.value).count("'kind'") == 20
    assert "more" in str(refusal.value)


def test_one_name_in_two_towns_is_two_places() -> None:
    assert len(parse_places(ENTRY.format("东村", "城关镇") + ENTRY.format("东村", "石桥镇"))) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [("zhang", "zan"), ("chen", "ceng"), ("shi", "si"), ("liu", "niu"), ("lv", "nv"), ("qin", "qing")],
)
def test_sounds_that_a_dialect_does_not_tell_apart_are_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"), [("hui", "fei"), ("huang", "fang"), ("hu", "fu"), ("hong", "feng"), ("hun", "fen")]
)
def test_f_and_h_are_one_only_where_asked_for(one: str, other: str) -> None:
    assert folded(one) != folded(other)
    assert folded(one, breath=True) == folded(other, breath=True)


@pytest.mark.parametrize(("one", "other"), [("ma", "mai"), ("ba", "pa"), ("zhi", "zha"), ("he", "fe")])
def test_other_sounds_stay_apart(one: str, other: str) -> None:
    assert folded(one, breath=True) != folded(other, breath=True)


@pytest.mark.parametrize(
    ("text", "syllables", "place", "heard"),
    [
        ("人民路停水了", "ren min lu ting shui le", PEOPLE_ROAD, "人民路"),
        ("仁民鹿停水了", "ren min lu ting shui le", PEOPLE_ROAD, "仁民鹿"),
        ("我住牛家装", "wo zhu niu jia zhuang", LIU_VILLAGE, "牛家装"),
        ("孙仓村没有路灯", "sun cang cun mei you lu deng", SHUN_VILLAGE, "孙仓村"),
        ("在顺昌", "zai shun chang", SHUN_VILLAGE, "顺昌"),
        ("人民东路口", "ren min dong lu kou", EAST_ROAD, "人民东路"),
        ("任明懂录", "ren ming dong lu", EAST_ROAD, "任明懂录"),
    ],
)
def test_a_place_is_found_as_it_was_heard(text: str, syllables: str, place: Place, heard: str) -> None:
    first = KNOWN.find(said(text, syllables))[0]
    assert (first.place, first.heard) == (place, heard)
    assert 0.7 <= first.likeness <= 1


def test_its_very_name_is_certain_and_comes_before_what_sounds_alike() -> None:
    twins = Gazetteer(
        [
            (Place(name=name, kind="village"), said(name, "zhang jia cun"))
            for name in ("章家村", "张家村", "彰家村")
        ]
    )
    found = twins.find(said("张家村", "zhang jia cun"))
    assert [found[0].place.name, found[0].likeness] == ["张家村", 1.0]
    assert {find.place.name for find in found} == {"章家村", "张家村", "彰家村"}


@pytest.mark.parametrize("text", ["", "今", "今天天气很好"])
def test_where_no_place_was_named_none_is_offered(text: str) -> None:
    syllables = dict(zip("今天气很好", ("jin", "tian", "qi", "hen", "hao"), strict=True))
    assert KNOWN.find(said(text, " ".join(syllables[char] for char in text))) == []


def test_an_empty_gazetteer_finds_nothing() -> None:
    assert Gazetteer([]).find(said("人民路", "ren min lu")) == []


def test_only_the_beginning_of_a_long_talk_is_searched() -> None:
    road = said("人民路", "ren min lu")
    filler = said("啊", "a") * MAX_HEARD
    assert KNOWN.find(road + filler)[0].place == PEOPLE_ROAD
    assert KNOWN.find(filler + road) == []


def test_each_place_is_offered_once() -> None:
    found = KNOWN.find(said("顺昌村顺昌村", "shun chang cun shun chang cun"))
    assert [find.place for find in found] == [SHUN_VILLAGE]


def test_a_syllable_is_needed_for_each_character() -> None:
    with pytest.raises(ValueError, match="zip"):
        sounds_of("人民", ["ren"])


@given(st.lists(st.sampled_from(["ren", "min", "lu", "shun", "", "x", "zhzh", "ng"]), max_size=40))
def test_whatever_is_heard_gives_at_most_five_in_falling_order_of_likeness_or_length(
    heard: list[str],
) -> None:
    found = KNOWN.find(sounds_of("?" * len(heard), heard))
    assert len(found) <= 5
    assert all(0.7 <= find.likeness <= 1 for find in found)
    assert len({find.place for find in found}) == len(found)
