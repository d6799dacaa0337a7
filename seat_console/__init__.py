"""The web side of the hotline: the seat's console, the supervisors' floor, accounts, the live link."""

from pathlib import Path

from flask import Flask
from flask_socketio import SocketIO

from seat_console import (
    accounts,
    accuracy,
    api,
    auth,
    calendar,
    callbacks,
    deadlines,
    errors,
    exports,
    files,
    health,
    keys,
    mails,
    pages,
    security,
    sessions,
    texts,
    tickets,
    units,
    v1,
    work,
)
from seat_console.bodies import LARGEST_BODY
from seat_console.context import Services
from seat_console.feed import Feed
from seat_console.login_limits import LoginLimits
from seat_console.sockets import OPTIONS, LiveLink


def create_app(services: Services) -> Flask:
    """The Flask app on these adapters; it starts no thread, `app.extensions["feed"].start()` does."""
    app = Flask(__name__, template_folder=str(Path(__file__).parent / "templates"))
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_MEMORY_SIZE=LARGEST_BODY)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(demo=services.settings.demo)
    app.extensions["hotline"] = services
    app.extensions["login_limits"] = LoginLimits()
    for part in (security, sessions):
        part.register(app, services.settings)
    errors.register(app)
    texts.register(app)
    for module in (
        auth,
        pages,
        api,
        accounts,
        units,
        calendar,
        callbacks,
        deadlines,
        tickets,
        work,
        files,
        exports,
        keys,
        mails,
        health,
    ):
        app.register_blueprint(module.blueprint)
    app.register_blueprint(accuracy.blueprint)
    v1.register(app)
    _connect(app, services)
    return app


def _connect(app: Flask, services: Services) -> None:
    link = LiveLink(SocketIO(app, **OPTIONS), services)
    link.register()
    app.extensions["live_link"] = link
    app.extensions["feed"] = Feed(link, services)
