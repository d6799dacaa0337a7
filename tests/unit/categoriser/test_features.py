"""A message becomes numbers: the same for the same sounds, none for nothing, and never too many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.categoriser.features import BLOCKS, HEAD, MAX_CHARACTERS, keys_of, normalised, text_of

SOUNDS = next(number for number, block in enumerate(BLOCKS) if block.by_sound)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  停 水\t了\0 ", "停水了"),
        ("12345678901打了3次", "0打了0次"),
        ("A7县的路", "县的路"),
        ("WiFi不通", "wifi不通"),
        ("", ""),
    ],
)
def test_what_tells_nothing_is_gone(text: str, expected: str) -> None:
    assert normalised(text) == expected


def test_a_megabyte_is_cut_before_it_is_read() -> None:
    assert len(normalised("停水" * 500_000)) == MAX_CHARACTERS
    assert normalised(" " * 1_000_000 + "停水") == ""


def test_groups_can_be_read_again() -> None:
    keys = keys_of("停水了")[0]
    assert {text_of(int(key)) for key in keys} == {"停", "水", "了", "停水", "水了", "停水了"}


def test_a_message_misheard_by_sound_has_the_same_sounds() -> None:
    clean, misheard = keys_of("停水了三天")[SOUNDS], keys_of("廷谁乐山田")[SOUNDS]
    assert set(clean.tolist()) == set(misheard.tolist())


def test_the_beginning_is_a_block_of_its_own() -> None:
    long = keys_of("停" * HEAD + "水" * 100)
    assert ord("水") in long[0]
    assert ord("水") not in long[-1]


@given(st.text(max_size=60))
def test_any_text_gives_positive_numbers(text: str) -> None:
    for keys in keys_of(normalised(text)):
        assert keys.dtype == np.int64
        assert (keys >= 0).all()


@pytest.mark.parametrize("text", ["\ud800停水", "\U0010ffff" * 5, "a\u0301" * 9])
def test_odd_code_points_are_no_trouble(text: str) -> None:
    assert all((keys >= 0).all() for keys in keys_of(normalised(text)))
