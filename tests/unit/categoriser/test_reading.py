"""How characters are read, written by ear, and found again by their sound."""

import random
import time

import pytest

from hotline.categoriser.damage import misheard
from hotline.categoriser.reading import everyday_characters, sounds, syllables
from hotline.categoriser.sounds import sound_table
from hotline.places_file import gazetteer_of, load_places
from hotline.settings import PACKAGE
from tests.support.mishearings import in_a_sentence, made_up_places, misheard_name


def test_each_character_has_one_syllable_and_others_stand_for_themselves() -> None:
    assert syllables("银行3路,a") == ["yin", "hang", "3", "lu", ",", "a"]
    assert syllables("") == []


def test_sounds_are_of_chinese_characters_only() -> None:
    assert [(one.char, one.syllable) for one in sounds("A区人民路88号😀")] == [
        ("区", "qu"), ("人", "ren"), ("民", "min"), ("路", "lu"), ("号", "hao"),
    ]  # fmt: skip


def test_everyday_characters_are_those_of_the_norm() -> None:
    characters = "".join(everyday_characters().values())
    assert len(characters) == len(set(characters)) == 3755
    assert "妈" in everyday_characters()["ma"]


def test_characters_that_sound_near_have_one_number_and_others_their_own() -> None:
    table = sound_table()
    assert table[ord("张")] == table[ord("章")] == table[ord("赞")]
    assert table[ord("张")] != table[ord("刘")]
    assert table[ord("a")] == ord("a")


def test_damage_keeps_the_sound_and_swaps_about_the_share_asked_for() -> None:
    text = "人民路停水三天没有人来修请尽快处理" * 30
    damaged = misheard(text, 0.2, random.Random(1))
    changed = sum(a != b for a, b in zip(text, damaged, strict=True)) / len(text)
    assert 0.13 <= changed <= 0.22
    assert misheard(text, 0.2, random.Random(1)) == damaged


@pytest.mark.parametrize("text", ["", "hello 123", "😀😀"])
def test_what_has_no_sound_is_left_as_it_is(text: str) -> None:
    assert misheard(text, 1.0, random.Random(1)) == text


def test_misheard_names_are_found_among_many() -> None:
    rng = random.Random(5)
    places = made_up_places(3_000, rng)
    gazetteer = gazetteer_of(tuple(places))
    hits, took = 0, []
    for place in rng.sample(places, 100):
        heard = sounds(in_a_sentence(misheard_name(place.name, rng), rng))
        started = time.thread_time()  # of this thread only: others use the machine too
        found = gazetteer.find(heard)
        took.append(time.thread_time() - started)
        hits += bool(found) and found[0].place == place
    assert hits >= 90
    assert sorted(took)[50] <= 0.005


def test_the_shipped_places_are_found_in_a_sentence() -> None:
    gazetteer = gazetteer_of(load_places(PACKAGE / "topics/places.toml"))
    first = gazetteer.find(sounds("喂你好我是林佳村的路灯坏了"))[0]
    assert (first.place.name, first.heard) == ("林家村镇", "林佳村")
