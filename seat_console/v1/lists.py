"""What programs need beside tickets: topics, units, figures."""

from typing import Any

from hotline.domain.errors import NotFound
from hotline.services import deadlines
from hotline.services.ports_api import ApiKey
from seat_console.context import now, services
from seat_console.v1 import shapes
from seat_console.v1.doors import door


@door("GET", "/topics")
def list_topics(key: ApiKey) -> shapes.Topics:
    """The city's topics with their handling units."""
    return shapes.Topics(
        topics=[
            shapes.Topic(id=t["id"], name=t["name"]["zh"], category=t["category"], unit=t["unit"])
            for t in services().topics.as_view()
        ]
    )


@door("GET", "/units")
def list_units(key: ApiKey) -> shapes.Units:
    """All handling units."""
    with services().storage.reading() as tx:
        known = tx.units.all()
    return shapes.Units(
        units=[
            shapes.Unit(id=u.id, name=u.name, level=u.level, parent=u.parent, open=u.is_open) for u in known
        ]
    )


@door("GET", "/figures", query=shapes.FigureFilter, failures=(404,))
def get_figures(key: ApiKey, query: shapes.FigureFilter) -> shapes.Figures:
    """The on-time share of a month, and what is to be done now; not for keys of a unit."""
    if key.role == "unit":
        raise NotFound("there are no figures for this key")
    with services().storage.reading() as tx:
        board = deadlines.board(tx, now(), query.month)
    return shapes.Figures(
        month=board["month"],
        total=_share(board["total"]),
        units=[
            shapes.UnitShare(unit=row["unit"], unit_name=row["unit_name"], **_share(row).model_dump())
            for row in board["units"]
        ],
        now=[shapes.Count(what=figure["what"], count=figure["count"]) for figure in board["figures"]],
    )


def _share(row: dict[str, Any]) -> shapes.Share:
    return shapes.Share(**{name: row[name] for name in ("due", "in_time", "extended", "share")})
