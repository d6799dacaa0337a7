"""Pairs of characters: whatever is in a text is found by its pairs, however it was written."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.search_terms import (
    facet,
    normalised,
    number_hash,
    ordinal_of,
    pairs,
    place_pairs,
    plain_number,
    says,
    terms_of,
    words_of,
)

AT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
TEXTS = st.text(
    st.sampled_from("停水自来管道Ａa1０ ，。ßİſ\u0301\u3000_-") | st.characters(codec="utf-8"), max_size=40
)


def test_pairs_of_a_sentence() -> None:
    assert pairs("人民路停水，3 天") == {"人民", "民路", "路停", "停水", "3", "天"}
    assert pairs("") == pairs(" ，。_") == set()
    assert place_pairs("人民路") == {"_p人民", "_p民路"}


def test_width_case_and_marks_do_not_count() -> None:
    assert normalised("ＡＢＣ　Straße—１２") == "abc strasse 12"
    assert words_of("停水 停水、人民路！") == ("停水", "人民路")


@given(TEXTS)
def test_what_is_normal_stays_so(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@given(before=TEXTS, word=TEXTS, after=TEXTS)
def test_a_word_that_is_in_a_text_is_found_by_its_pairs(before: str, word: str, after: str) -> None:
    text = before + word + after
    for each in words_of(word):
        if len(each) > 1 and says(text, (each,)):
            assert pairs(each) <= pairs(text)


@given(TEXTS)
def test_no_pair_is_taken_for_a_property(text: str) -> None:
    assert not any(pair.startswith("_") or " " in pair for pair in pairs(text))


def test_pairs_alone_are_not_the_word() -> None:
    text = "水管停了水"
    assert pairs("停了") <= pairs(text)
    assert not says(text, ("停水",))


@pytest.mark.parametrize("written", ["13812345678", "138-1234-5678", "+86 138 1234 5678", "８６13812345678"])
def test_one_number_however_it_is_written(written: str) -> None:
    assert plain_number(written) == "13812345678"
    assert number_hash("key", written) == number_hash("key", "13812345678")
    assert number_hash("another key", written) != number_hash("key", written)
    assert "13812345678" not in number_hash("key", written)


def test_the_ordinal_grows_with_time_and_parts_one_second() -> None:
    assert ordinal_of(AT, 1) < ordinal_of(AT, 2) < ordinal_of(AT + timedelta(seconds=1))
    assert ordinal_of(AT, 5 + 1024) == ordinal_of(AT, 5)


def test_terms_of_a_ticket() -> None:
    terms = terms_of(("停水",), "人民路", "signed", "help", "water", "u001", ("u002",))
    assert {"停水", "_p人民", facet("s", "signed"), facet("u", "u001"), facet("a", "u002")} <= terms
    assert facet("u", "u002") not in terms
