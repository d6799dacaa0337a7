"""CSV and XLSX files that spreadsheets open without a question and never take for formulas."""

import csv
import re
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import xlsxwriter

from hotline.exports.columns import DEFAULT_WIDTH, HEADINGS, WIDTHS, Cell, headings

ROWS_A_SHEET = 1_000_000  # a sheet holds 1,048,576
# A spreadsheet passes over blanks, seen and unseen, and a Chinese one takes the wide signs for the others.
_FORMULA = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*[=+@＝＋－＠-]|[\t\r]")


class Writer(Protocol):
    """A file that is written row by row; without its end it is no file."""

    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None: ...
    def write(self, rows: Iterable[list[Cell]]) -> None: ...


def open_writer(format_: str, path: Path, language: str) -> Writer:
    """A writer for `csv` or `xlsx`."""
    return CsvWriter(path, language) if format_ == "csv" else XlsxWriter(path, language)


class CsvWriter:
    """Implements Writer; the mark at the beginning tells Excel that the text is UTF-8."""

    def __init__(self, path: Path, language: str) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file)
        self._csv.writerow(headings(language))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        self._file.close()

    def write(self, rows: Iterable[list[Cell]]) -> None:
        """A quote before what a spreadsheet would reckon: words of citizens are text."""
        for row in rows:
            self._csv.writerow([_as_text(cell) for cell in row])


def _as_text(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int):
        return str(cell)
    return f"'{cell}" if _FORMULA.match(cell) else cell


class XlsxWriter:
    """Implements Writer; each row goes to the disk before the next."""

    def __init__(self, path: Path, language: str) -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(str(path), options | {"tmpdir": str(path.parent)})
        self._language = language
        self._bold = self._book.add_format({"bold": True, "bottom": 1})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self._count = self._book.add_format({"valign": "top"})
        self._text = self._book.add_format({"valign": "top", "num_format": "@"})
        self._sheet = self._new_sheet()

    def _new_sheet(self) -> "xlsxwriter.worksheet.Worksheet":
        number = len(self._book.worksheets()) + 1
        name = ("Tickets" if self._language == "en" else "工单") + (f" {number}" if number > 1 else "")
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        for column, key in enumerate(HEADINGS):
            sheet.set_column(column, column, WIDTHS.get(key, DEFAULT_WIDTH))
        for column, heading in enumerate(headings(self._language)):
            sheet.write_string(0, column, heading, self._bold)
        self._row = 1
        return sheet

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        self._book.close()

    def write(self, rows: Iterable[list[Cell]]) -> None:
        """Texts are written as texts: nothing in them is a formula or a link."""
        for row in rows:
            if self._row > ROWS_A_SHEET:
                self._sheet = self._new_sheet()
            for column, cell in enumerate(row):
                self._write_cell(column, cell)
            self._row += 1

    def _write_cell(self, column: int, cell: Cell) -> None:
        if isinstance(cell, datetime):
            self._sheet.write_datetime(self._row, column, cell, self._moment)
        elif isinstance(cell, date):
            self._sheet.write_datetime(self._row, column, cell, self._day)
        elif isinstance(cell, int):
            self._sheet.write_number(self._row, column, cell, self._count)
        elif cell:
            self._sheet.write_string(self._row, column, cell, self._text)
