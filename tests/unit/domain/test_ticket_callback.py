"""A citizen's number as he wrote it: ready to be dialled, or none."""

import pytest

from hotline.domain.ticket_callback import written_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13812345678", "13812345678"),
        (" +86 138-1234-5678 ", "13812345678"),
        ("8613812345678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("(0536) 621-2341", "05366212341"),
        ("+13812345678", "+13812345678"),  # not this country's
        ("6212341", "6212341"),
    ],
)
def test_however_it_is_written_one_number_is_one(text: str, number: str) -> None:
    assert written_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123456",
        "1" * 16,
        "1" * 100_000,
        "138,1234,5678",
        "13812345678;phone-context=x",
        "PJSIP/trunk/sip:1@evil",
        "13812345678&Local/1@in",
        "13812345678\r\nX: y",
        "1381234\x005678",
        "١٣٨١٢٣٤٥٦٧٨",
        "++13812345678",
        "13812345678+",
        "*13812345678#",
        "-------",
    ],
)
def test_what_cannot_be_dialled_is_none(text: str) -> None:
    assert written_number(text) is None
