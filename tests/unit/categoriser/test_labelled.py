"""A file of labelled messages is read whole, or refused with the lines that are wrong."""

from pathlib import Path

import pytest

from hotline.categoriser import labelled
from hotline.categoriser.labelled import MAX_LINE, parse_labelled, read_labelled
from hotline.domain.errors import Invalid


def test_messages_come_in_the_files_order() -> None:
    found = parse_labelled("\ufeff水务\t停水了\t三天\r\n\n路\t 灯坏了 \n".encode(), "m.tsv")
    assert found.labels == ("水务", "路")
    assert found.texts == ("停水了\t三天", "灯坏了")
    assert found.first(2).texts == ("停水", "灯坏")
    assert found.first(None) == found


def test_a_text_without_words_is_a_message() -> None:
    found = parse_labelled("水\t停水\n水\t\n路\t😀。\n".encode(), "m.tsv")
    assert (found.labels, found.texts) == (("水", "水", "路"), ("停水", "", "😀。"))


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "m.tsv holds no messages"),
        (b"\n\r\n  \n", "m.tsv holds no messages"),
        ("停水了\n".encode(), "line 1 has no tab"),
        ("水\t停水\n\t停水\n".encode(), "line 2 has no label"),
        ("水\t停水\n水\n".encode(), "line 2 has no tab"),
        ("水\t停\n".encode() + b"a\t\xff\xfe\n", "line 2 is not UTF-8 at byte 3"),
        (("水" * 101 + "\t停水").encode(), "line 1 has a label that is not one short name"),
        ("a\0b\t停水".encode(), "line 1 has a label that is not one short name"),
        (("水\t" + "停" * 1_000_000).encode(), f"line 1 is longer than {MAX_LINE:,}"),
        ("".join(f"{n}\tx\n" for n in range(1_001)).encode(), "1001 labels"),
    ],
)
def test_what_is_wrong_is_said_by_line(raw: bytes, complaint: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_labelled(raw, "m.tsv")
    assert complaint in str(refusal.value)
    assert "停" not in str(refusal.value), "no text of a citizen in a message"


def test_many_errors_are_counted_and_the_first_ones_shown() -> None:
    with pytest.raises(Invalid) as refusal:
        parse_labelled(b"x\n" * 500, "m.tsv")
    assert str(refusal.value).count("has no tab") == 10
    assert str(refusal.value).endswith("and 490 more lines")


def test_files_that_cannot_be_read_are_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid, match="No such file"):
        read_labelled(tmp_path / "none.tsv")
    with pytest.raises(Invalid, match="Is a directory"):
        read_labelled(tmp_path)
    monkeypatch.setattr(labelled, "MAX_BYTES", 10)
    (tmp_path / "m.tsv").write_bytes(b"a\tb\n" * 5)
    with pytest.raises(Invalid, match="longer than"):
        read_labelled(tmp_path / "m.tsv")
