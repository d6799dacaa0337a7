"""Notices as PDF: the text can be read out again, the fonts are in it, and the ink is where the norm has it."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pypdf
import pypdfium2
import pytest
from PIL import Image

from hotline.domain.errors import Unavailable
from hotline.domain.ids import TicketId
from hotline.domain.notices import Content, Notice, NoticeKind, NoticeNumber
from hotline.papers.fonts import FOLDERS
from hotline.papers.notice import HEIGHT, LEFT, TOP, WIDTH, NoticePrinter
from hotline.setup import parts

ISSUER = "诸城市12341政务服务便民热线"
CONTENT = Content(
    unit="诸城市水务集团有限公司", ticket_id=TicketId("T-2026-000123"), ticket_kind="complaint", topic="停水",
    accepted=date(2026, 2, 13), due=date(2026, 2, 27), working_days=5, extended=0,
    day=date(2026, 2, 28), limit=date(2026, 3, 6), issuer=ISSUER,
)  # fmt: skip
LONG = "承办单位名称有误，" * 40


def notice(kind: NoticeKind = NoticeKind.SUPERVISION, **content: object) -> Notice:
    return Notice(
        key=1, number=NoticeNumber(kind=kind, year=2026, number=12), ticket_id=CONTENT.ticket_id, round=0,
        edition=1, unit="u001", issued_at=datetime(2026, 2, 28, 1, tzinfo=UTC), issued_by=None, limit=None,
        content=replace(CONTENT, **content),  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture(scope="module")
def printer() -> NoticePrinter:
    return NoticePrinter(folders=[*FOLDERS, Path(parts.find("fonts").executable).parent])


def read(paper: bytes) -> list[str]:
    """The text of each page, without its lines."""
    return ["".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(paper)]


@pytest.fixture(scope="module")
def paper(printer: NoticePrinter) -> bytes:
    """The usual one: printing takes a second."""
    return printer.notice(notice())


def test_the_text_can_be_read_again_and_the_fonts_are_inside(printer: NoticePrinter, paper: bytes) -> None:
    [text] = read(paper)
    for part in (
        ISSUER,
        "热线督〔2026〕12号",
        "督办通知书",
        "诸城市水务集团有限公司：",
        "T-2026-000123",
        "2026年3月6日24时前",
    ):
        assert part in text
    assert text.index("特此通知") < text.rindex("2026年2月28日")
    reader = pypdf.PdfReader(io.BytesIO(paper))
    fonts = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    for font in fonts.values():
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
    assert len(paper) < 300_000
    assert [round(float(side) / 72 * 25.4) for side in reader.pages[0].mediabox[2:]] == [210, 297]
    assert paper == printer.notice(notice())


def test_criticism_names_the_notice_before_it(printer: NoticePrinter) -> None:
    [text] = read(printer.notice(notice(NoticeKind.CRITICISM, before="热线督〔2026〕11号", limit=None)))
    assert "热线通〔2026〕12号" in text
    assert "《督办通知书》（热线督〔2026〕11号）" in text
    assert "特此通报" in text


def test_a_long_paper_keeps_signature_and_text_together(printer: NoticePrinter) -> None:
    pages = read(printer.notice(notice(replaces="热线督〔2026〕9号", reason=LONG)))
    assert len(pages) == 2
    assert "本件替代热线督〔2026〕9号" in pages[0]
    assert "原件同时作废" in pages[1]
    assert pages[1].count(ISSUER) == 1
    assert "—2—" in pages[1]


def test_the_ink_is_inside_the_block_and_the_mark_is_red(paper: bytes) -> None:
    picture = pypdfium2.PdfDocument(paper)[0].render(scale=72 / 25.4).to_pil().convert("RGB")  # 8 dots a mm
    dots = picture.width / 210
    left, top, right, bottom = (side / dots for side in ink(picture.convert("L"), 0, 170))
    assert LEFT - 1 < left < right < LEFT + WIDTH + 1
    assert top > TOP - 1
    assert TOP + HEIGHT < bottom < TOP + HEIGHT + 7 + 10  # the page's number below the block
    hue = picture.convert("HSV")
    coloured = ink(hue.getchannel("S"), 128, 256)
    assert TOP - 1 < coloured[1] / dots < coloured[3] / dots < TOP + HEIGHT / 3


def ink(channel: Image.Image, low: int, high: int) -> tuple[int, int, int, int]:
    """The box around everything of that value."""
    box = channel.point(lambda value: 255 if low <= value < high else 0).getbbox()
    assert box
    return box


def test_a_broken_font_is_said_in_one_sentence(tmp_path: Path) -> None:
    for name in ("simfang.ttf", "uming.ttc"):
        (tmp_path / name).write_bytes(b"not a font" * 100)
        with pytest.raises(Unavailable, match="font"):
            NoticePrinter(own=tmp_path / name).notice(notice())
