"""What programs need beside tickets: topics, units, figures."""

from hotline.services.ports_api import ApiKey
from seat_console.context import services
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
