"""What may go to Asterisk as a value, and what may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.errors import Invalid
from hotline.telephony.safe import FORBIDDEN, safe_value


@pytest.mark.parametrize(
    "value", ["", "general", "living_security", "人民路停水了", "+86 (536) 6012341", "a,b;c"]
)
def test_ordinary_text_passes_unchanged(value: str) -> None:
    assert safe_value(value) == value


@pytest.mark.parametrize(
    "value",
    [
        'a"b',
        "a\\",
        "a\nHANGUP",
        "a\r\nAction: Logoff",
        "a\0",
        "${SHELL(id)}",
        "$[1+1]",
        "\x85",
        "\u2028",
        "\ud800",
        "\x1b",
    ],
)
def test_what_could_end_a_value_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(Invalid) as refused:
        safe_value(value, "queue")
    assert str(refused.value) == "queue has a character that may not go to Asterisk"


def test_a_long_value_is_refused() -> None:
    assert safe_value("x" * 256) == "x" * 256
    with pytest.raises(Invalid, match="256 characters"):
        safe_value("x" * 257)
    with pytest.raises(Invalid, match="3 characters"):
        safe_value("abcd", longest=3)


@given(st.text(max_size=300))
def test_whatever_passes_is_one_line_without_ends(value: str) -> None:
    try:
        passed = safe_value(value)
    except Invalid:
        return
    assert passed == value
    assert not FORBIDDEN & set(passed)
    assert passed.splitlines() in ([], [passed])
