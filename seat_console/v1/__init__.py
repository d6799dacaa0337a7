"""The interface for other programs: `/api/v1`, with keys instead of sessions."""

from flask import Blueprint, Flask, Response, jsonify

from seat_console.v1 import clients, doors, lists, tickets
from seat_console.v1.document import document

PREFIX = "/api/v1"
__all__ = ["PREFIX", "lists", "register", "tickets"]


def register(app: Flask) -> None:
    """Give `app` the doors and the document that describes them."""
    blueprint = Blueprint("v1", __name__, url_prefix=PREFIX)
    written = document()

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        """The document; whoever may reach the server may read it."""
        return jsonify(written)

    doors.open_doors(blueprint)
    app.extensions["client_limits"] = clients.ClientLimits()
    app.register_blueprint(blueprint)
    app.after_request(clients.dress)
