"""A notice as PDF on A4, set as GB/T 9704-2012 asks; the place of the seal stays free."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hotline.domain.errors import Unavailable
from hotline.domain.notices import Notice
from hotline.papers.fonts import FOLDERS, Face, Fonts, find_fonts
from hotline.papers.lines import broken
from hotline.papers.wording import Paper, worded

if TYPE_CHECKING:
    from fpdf import FPDF

# Millimetres: the block is 156 by 225, 37 from the top and 28 from the left: 22 lines of 28 characters.
TOP, LEFT, WIDTH, HEIGHT = 37.0, 28.0, 156.0, 225.0
LINE = HEIGHT / 22
EM = WIDTH / 28
TEXT_PT, TITLE_PT, FOOT_PT = 16.0, 22.0, 14.0  # 三号, 二号, 四号
MARK_PT = (36.0, 22.0)  # the issuer's mark, as large as its name allows
RED = (200, 16, 16)
POINT = 72 / 25.4
HEAD_LINES, SIGN_LINES = 6.5, 4.5
PITCHES = (1.0, 0.95, 0.9, 0.86)  # the norm lets the pitch be changed to keep signature and text together
WITH_THE_SEAL = 2  # lines of text at least on the sheet that is sealed


class NoticePrinter:
    """Implements Papers. It looks for fonts when first asked to print; `own` is the operator's choice."""

    def __init__(self, own: Path | None = None, folders: Sequence[Path] = FOLDERS) -> None:
        self._own = own
        self._folders = folders
        self._fonts: Fonts | None = None

    def notice(self, notice: Notice) -> bytes:
        """The same bytes for the same notice. Raises Unavailable without a font."""
        if self._fonts is None:
            self._fonts = find_fonts(self._own, self._folders)
        return _printed(worded(notice.number.kind, str(notice.number), notice.content), notice, self._fonts)


def _printed(paper: Paper, notice: Notice, fonts: Fonts) -> bytes:
    from fontTools.ttLib import TTLibError
    from fpdf import FPDF  # large: only a process that prints needs it
    from fpdf.errors import FPDFException

    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells of every table that it leaves out
    pdf = FPDF(format="A4")
    try:
        for face, file in fonts.items():
            pdf.add_font(face, fname=file.path, collection_font_number=file.number)
    except (FPDFException, TTLibError, OSError, KeyError, NotImplementedError) as problem:
        raise Unavailable("the fonts of this machine cannot be used for papers") from problem
    pdf.set_margins(0, 0)
    pdf.set_auto_page_break(False)
    pdf.c_margin = 0
    pdf.set_title(f"{paper.title} {paper.number}")
    pdf.set_lang("zh-CN")
    pdf.set_creation_date(notice.issued_at)
    _Page(pdf).set(paper)
    return bytes(pdf.output())


class _Page:
    """Where the next line goes; a new sheet when the block is full."""

    def __init__(self, pdf: "FPDF") -> None:
        self.pdf = pdf
        self.y = TOP
        self.line = LINE
        pdf.add_page()

    def set(self, paper: Paper) -> None:
        """All of it: on one sheet if a closer pitch allows it, as signature and seal must not be alone."""
        titles = broken(paper.title, WIDTH * 0.8, lambda text: self.width(text, Face.TITLE, TITLE_PT))
        lines = [*self.lines(paper.to, indent=0)]
        for paragraph in paper.paragraphs:
            lines += self.lines(paragraph)
        needed = HEAD_LINES + len(titles) + len(lines) + SIGN_LINES
        fitting = (pitch for pitch in PITCHES if needed * pitch * LINE <= HEIGHT)
        self.line = LINE * next(fitting, 1.0)
        self.head(paper, titles)
        together = min(len(lines), WITH_THE_SEAL)
        for number, (line, stretch) in enumerate(lines):
            self.room(SIGN_LINES + together if number == len(lines) - together else 1)
            self.write(LEFT, line, Face.TEXT, TEXT_PT, stretch)
            self.y += self.line
        self.sign(paper)
        self.numbers()

    def lines(self, text: str, indent: int = 2) -> list[tuple[str, bool]]:
        """Of 28 characters, the first two further in; true where a line is full and is set to the edge."""
        found = broken("　" * indent + text, WIDTH + 0.1, lambda part: self.width(part, Face.TEXT, TEXT_PT))
        return [(line, number < len(found)) for number, line in enumerate(found, 1)]

    def head(self, paper: Paper, titles: list[str]) -> None:
        """Issuer's mark in red, number, red line, title."""
        largest, smallest = MARK_PT
        size = min(largest, max(smallest, largest * WIDTH / self.width(paper.issuer, Face.TITLE, largest)))
        self.pdf.set_text_color(*RED)
        self.centred(paper.issuer, Face.TITLE, size, 3)
        self.pdf.set_text_color(0, 0, 0)
        self.centred(paper.number, Face.TEXT, TEXT_PT, 1)
        self.pdf.set_draw_color(*RED)
        self.pdf.set_line_width(0.6)
        self.pdf.line(LEFT, self.y + 2, LEFT + WIDTH, self.y + 2)
        self.y += 1.5 * self.line
        for line in titles:
            self.centred(line, Face.TITLE, TITLE_PT, 1)
        self.y += self.line

    def sign(self, paper: Paper) -> None:
        """Issuer centred above the date, which ends four characters from the edge; the seal covers both."""
        self.y += 1.5 * self.line
        day = self.width(paper.day, Face.TEXT, TEXT_PT)
        name = self.width(paper.issuer, Face.TEXT, TEXT_PT)
        right = LEFT + WIDTH
        centred = right - 4 * EM - day / 2 - name / 2
        self.write(max(LEFT, min(centred, right - name)), paper.issuer, Face.TEXT, TEXT_PT)
        self.y += self.line
        self.write(right - 4 * EM - day, paper.day, Face.TEXT, TEXT_PT)
        self.y += self.line
        self.write(LEFT + 2 * EM, paper.note, Face.TEXT, TEXT_PT)

    def numbers(self) -> None:
        """`— 1 —` under the block, on the outer side."""
        for number in range(1, self.pdf.pages_count + 1):
            self.pdf.page = number
            text = f"— {number} —"
            width = self.width(text, Face.TEXT, FOOT_PT)
            self.y = TOP + HEIGHT + 7
            x = LEFT + WIDTH - EM - width if number % 2 else LEFT + EM
            self.write(x, text, Face.TEXT, FOOT_PT)

    def room(self, lines: float) -> None:
        """A new sheet when so many lines no longer fit."""
        if self.y + lines * self.line > TOP + HEIGHT + 0.1:
            self.pdf.add_page()
            self.y = TOP

    def centred(self, text: str, face: Face, points: float, lines: float) -> None:
        """In the middle, with as much room below as `lines` less its own."""
        self.write(LEFT + (WIDTH - self.width(text, face, points)) / 2, text, face, points)
        self.y += lines * self.line

    def width(self, text: str, face: Face, points: float) -> float:
        """Millimetres, at the pitch that fits 28 characters of the text size into a line."""
        self.use(face, points)
        return self.pdf.get_string_width(text)

    def use(self, face: Face, points: float, extra: float = 0.0) -> None:
        self.pdf.set_font(face, size=points)
        pitch = EM * POINT - TEXT_PT if points == TEXT_PT else 0.0
        self.pdf.set_char_spacing(pitch + extra)

    def write(self, x: float, text: str, face: Face, points: float, stretch: bool = False) -> None:
        """One line; a full one is stretched to the edge."""
        self.use(face, points)
        if stretch and len(text) > 1:
            short = (WIDTH - self.pdf.get_string_width(text)) * POINT
            self.use(face, points, short / (len(text) - 1))
        self.pdf.text(x, self.y + LINE / 2 + points / POINT * 0.38, text)
