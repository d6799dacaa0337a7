"""The words of the pages that the server writes itself, from the same dictionaries the browser uses."""

import json
from pathlib import Path

from flask import Flask, Response, request

FOLDER = Path(__file__).parent / "static" / "i18n"
LANGUAGES = ("zh", "en")


def read_dictionaries() -> dict[str, dict[str, str]]:
    """Both languages' texts by key."""
    return {
        language: json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
        for language in LANGUAGES
    }


def current_language() -> str:
    """What was chosen in the address or before; Chinese else."""
    asked = request.args.get("lang") or request.cookies.get("lang")
    return asked if asked in LANGUAGES else "zh"


def register(app: Flask) -> None:
    """Give the templates `t(key)` and `lang`."""
    dictionaries = read_dictionaries()

    def t(key: str) -> str:
        return dictionaries[current_language()].get(key, key)

    app.jinja_env.globals.update(t=t)

    @app.context_processor
    def language() -> dict[str, str]:
        return {"lang": current_language()}

    @app.after_request
    def remember(response: Response) -> Response:
        if request.args.get("lang") in LANGUAGES:
            response.set_cookie("lang", current_language(), max_age=31_536_000, samesite="Lax")
        return response
