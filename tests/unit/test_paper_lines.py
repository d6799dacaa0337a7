"""Lines of official papers: nothing is lost, nothing is too long, no mark stands where none may."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.errors import Unavailable
from hotline.domain.ids import TicketId
from hotline.domain.notices import Content, NoticeKind
from hotline.papers.fonts import Face, find_fonts
from hotline.papers.lines import NEVER_FIRST, NEVER_LAST, broken
from hotline.papers.wording import chinese_day, worded

CONTENT = Content(
    unit="水务集团", ticket_id=TicketId("T-2026-000123"), ticket_kind="complaint", topic="停水",
    accepted=date(2026, 2, 13), due=date(2026, 2, 27), working_days=5, extended=0,
    day=date(2026, 2, 28), limit=date(2026, 3, 6), issuer="热线办",
)  # fmt: skip


@given(st.text("市政务〔〕（），。、：2026T-", max_size=300), st.integers(4, 28))
def test_every_character_is_there_and_every_line_fits(text: str, width: int) -> None:
    lines = broken(text, width, len)
    assert "".join(lines) == text
    assert all(len(line) <= width + 4 for line in lines)


def test_marks_and_figures_stay_where_they_belong() -> None:
    text = "请于2026年2月27日（星期五），督办（热线督〔2026〕12号）的工单T-2026-000123，立即办理。"
    for width in range(14, 40):
        lines = broken(text, width, len)
        assert "".join(lines) == text
        assert not any(line[0] in NEVER_FIRST or line[-1] in NEVER_LAST for line in lines)
        assert any("T-2026-000123" in line for line in lines)


def test_days_are_written_without_zeros() -> None:
    assert chinese_day(date(2024, 2, 29)) == "2024年2月29日"


def test_the_wording_names_ticket_dates_and_limit() -> None:
    paper = worded(NoticeKind.SUPERVISION, "热线督〔2026〕12号", CONTENT)
    text = "".join(paper.paragraphs)
    for part in (
        "T-2026-000123",
        "投诉，停水",
        "2026年2月13日",
        "2026年2月27日",
        "2026年3月6日24时前",
        "通报批评",
    ):
        assert part in text
    assert "延期" not in text
    assert "暂" not in text


def test_no_font_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "DejaVuSans.ttf").write_bytes(b"")
    for own, folders in ((None, [tmp_path]), (tmp_path / "gone.ttf", []), (None, [tmp_path / "nowhere"])):
        with pytest.raises(Unavailable, match="font"):
            find_fonts(own, folders)


def test_the_norms_own_types_are_preferred(tmp_path: Path) -> None:
    for name in ("NotoSansCJKsc-Regular.otf", "simfang.ttf", "FZXBSJW.TTF"):
        (tmp_path / name).write_bytes(b"")
    found = find_fonts(folders=[tmp_path])
    assert found[Face.TEXT].path.name == "simfang.ttf"
    assert found[Face.TITLE].path.name == "FZXBSJW.TTF"
