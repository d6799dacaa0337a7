"""Words become the sounds the model knows."""

import pytest

from hotline.speech.training.phones import (
    FINALS,
    INITIALS,
    PHONES,
    TONES,
    all_syllables,
    phones_of,
    phones_of_syllable,
    syllables_of,
)
from hotline.speech.training.positions import position_phones, positioned, transition_ids


def test_every_final_in_every_tone_with_silence_first() -> None:
    assert len(PHONES) == len(set(PHONES)) == 1 + len(INITIALS) + 5 * len(FINALS) == 212
    assert PHONES[0] == "SIL"


@pytest.mark.parametrize(
    ("word", "sounds"),
    [
        ("停水", "t ing2 sh uei3"),
        ("着火", "zh ao2 h uo3"),
        ("路灯", "l u4 d eng1"),
        ("医院", "i1 van4"),
        ("女儿", "n v3 er2"),
        ("四十", "s ii4 sh iii2"),
        ("知识", "zh iii1 sh iii2"),
        ("救助", "j iou4 zh u4"),
        ("鱼", "v2"),
        ("爱", "ai4"),
        ("翁", "ueng1"),
        ("老师", "l ao3 sh iii1"),
        ("老是", "l ao3 sh iii4"),
    ],
)
def test_words_are_initials_and_finals(word: str, sounds: str) -> None:
    assert phones_of(word) == tuple(sounds.split())


@pytest.mark.parametrize("word", ["", "abc", "123", "停水abc", "😀", "嗯", "ん"])
def test_what_is_not_mandarin_has_no_sounds(word: str) -> None:
    assert phones_of(word) is None


@pytest.mark.parametrize("syllable", ["", "x", "hm", "ng2", "bzz4", "5"])
def test_what_is_no_syllable_is_refused(syllable: str) -> None:
    assert phones_of_syllable(syllable) is None


def test_a_syllable_without_a_digit_is_neutral() -> None:
    assert phones_of_syllable("le") == phones_of_syllable("le5") == ("l", "e5")


def test_every_syllable_of_the_language_uses_known_sounds_only() -> None:
    assert len(all_syllables()) > 390
    for syllable in all_syllables():
        parts = phones_of_syllable(syllable)
        assert parts is not None
        assert parts[-1][:-1] in FINALS
        assert parts[-1][-1] in TONES
        assert len(parts) == 1 or parts[0] in INITIALS


def test_text_is_read_with_tones() -> None:
    assert syllables_of("人民路，停水了") == ["ren2", "min2", "lu4", "ting2", "shui3", "le5"]


def test_kaldi_knows_each_sound_once_for_each_place_in_a_word() -> None:
    phones = position_phones()
    assert phones.names[0] == "SIL"
    assert len(phones.names) == 1 + 4 * 211 == len(set(phones.names))
    for name, output in zip(phones.names[1:], phones.outputs[1:], strict=True):
        assert PHONES[output] == name.rpartition("_")[0]
    assert positioned(("a",)) == ("a_S",)
    assert positioned(("t", "ing", "sh", "uei")) == ("t_B", "ing_I", "sh_I", "uei_E")
    assert transition_ids(1) == (2, 1)
