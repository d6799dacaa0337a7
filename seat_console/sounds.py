"""The files of recordings, as they are heard in the browser."""

from pathlib import Path

from flask import Response, send_file

from hotline.domain.errors import NotFound
from seat_console.context import services


def sound_file(name: str) -> Path | None:
    """The file of a recording, None where it is gone."""
    folder = services().settings.recordings_dir.resolve()
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder) and path.is_file() else None


def send_sound(name: str) -> Response:
    """The recording itself, from any point of it. Raises NotFound."""
    path = sound_file(name)
    if path is None:
        raise NotFound("the recording's file is not there")
    return send_file(path, mimetype="audio/wav", conditional=True)
