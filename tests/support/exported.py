"""Files of lists, ordered as a page orders them and read as a spreadsheet reads them."""

import csv
import io
from typing import Any

from tests.fakes.console_parts import Somebody
from tests.support.servers import wait_until


def made(
    somebody: Somebody, format_: str, query: dict[str, str] | None = None, **more: str
) -> dict[str, Any]:
    """Order a file and wait until it is there."""
    ordered = somebody.post("/api/exports", {"format": format_, "query": query or {}} | more)
    assert ordered.status_code == 202, ordered.json
    path = f"/api/exports/{ordered.json['export']['id']}"
    wait_until(
        lambda: somebody.get(path).json["export"]["state"] not in ("waiting", "running"), "it ends", 100
    )
    found: dict[str, Any] = somebody.get(path).json["export"]
    return found


def rows_of_csv(raw: bytes) -> list[list[str]]:
    """With the headings."""
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def table_of(somebody: Somebody, export: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of a CSV file by their headings."""
    heading, *rows = rows_of_csv(somebody.get(f"/api/exports/{export['id']}/file").data)
    return [dict(zip(heading, row, strict=True)) for row in rows]
