"""The arrangements that come with the hotline, one JSON file a year, and how they are written."""

import json
from datetime import date
from pathlib import Path

from hotline.domain.calendar import Arrangement, SpecialDay

FOLDER = Path(__file__).parent


def load(folder: Path = FOLDER) -> list[Arrangement]:
    """Every year there is a file of, in order."""
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def write(arrangement: Arrangement, folder: Path = FOLDER) -> Path:
    """`{"year", "from", "off": {day: name}, "worked": {day: name}}`, the same for the same arrangement."""
    whole = {
        "year": arrangement.year,
        "from": list(arrangement.papers),
        "off": {str(s.day): s.name for s in arrangement.days if s.off},
        "worked": {str(s.day): s.name for s in arrangement.days if not s.off},
    }
    path = folder / f"{arrangement.year}.json"
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _read(path: Path) -> Arrangement:
    whole = json.loads(path.read_text(encoding="utf-8"))
    days = tuple(
        SpecialDay(day=date.fromisoformat(day), name=name, off=key == "off")
        for key in ("off", "worked")
        for day, name in whole[key].items()
    )
    return Arrangement(year=whole["year"], papers=tuple(whole["from"]), days=days)
