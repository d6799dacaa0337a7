"""Renders `asterisk_conf/` with the settings and secrets of this installation into the runtime folder."""

import os
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hotline.domain.errors import Invalid, Unavailable
from hotline.domain.queues import QUEUES
from hotline.secrets import sip_secret
from hotline.settings import CHECKOUT, Settings
from hotline.telephony.queue_names import LINE

TEMPLATES = CHECKOUT / "asterisk_conf"
RECORDINGS = CHECKOUT / "recordings"
SEATS = tuple(f"seat{number:02d}" for number in range(1, 51))
SUPERVISORS = tuple(f"sup{number:02d}" for number in range(1, 6))
DATA_FILES = ("messages", "queue_log", "cdr-custom/hotline.csv")
RING_CITIZEN_S = 45
FOLDERS = ("etc", "var", "spool", "run", "log")
# A Unix socket's path has room for 107 bytes; Asterisk's control socket is one.
LONGEST_SOCKET = 107


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskPaths:
    """Where this machine's Asterisk has its modules and its own data."""

    modules_dir: Path
    data_dir: Path


def render(settings: Settings, part: AsteriskPaths, recordings: Path = RECORDINGS) -> Path:
    """Write the configuration and lay out Asterisk's folders; returns the `asterisk.conf` to start with.

    Safe to repeat. Raises Invalid when a table or a path cannot be used, Unavailable when the disk refuses.
    """
    root = settings.runtime_dir / "asterisk"
    dirs = {name: root / name for name in FOLDERS}
    _check_paths(settings, part, dirs["run"])
    values = {
        "settings": settings,
        "modules_dir": part.modules_dir,
        "modules": frozenset(path.name for path in part.modules_dir.glob("*.so")),
        "dirs": dirs,
        "queues": tuple(QUEUES),
        "line_queue": LINE,
        "lines": read_lines(),
        "ring_citizen_s": RING_CITIZEN_S,
        "browsers": SEATS + SUPERVISORS,
        "sip_secret": lambda user: sip_secret(settings.sip_secret_master, user),
    }
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - these are configuration files, not pages
    )
    try:
        for folder in (root, *dirs.values(), dirs["log"] / "cdr-custom", settings.recordings_dir):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        for data in DATA_FILES:  # made here for their mode: Asterisk would make them readable by all
            (dirs["log"] / data).touch(mode=0o600)
        for name in sorted(path.name for path in TEMPLATES.glob("*.conf")):
            _write(dirs["etc"] / name, templates.get_template(name).render(values))
        _lay_out_sounds(dirs["var"], recordings)
        _link(dirs["var"] / "documentation", part.data_dir / "documentation")
    except OSError as problem:
        raise Unavailable(
            f"cannot write Asterisk's configuration: {problem.strerror}: {problem.filename}"
        ) from None
    return dirs["etc"] / "asterisk.conf"


def read_lines(path: Path = TEMPLATES / "lines.toml") -> dict[str, Any]:
    """The hotline's number and the merged lines; Invalid names what is wrong in the file."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise Invalid(f"{path.name}: {problem}") from None
    lines = table.setdefault("line", [])
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise Invalid(f"{path.name}: a line is written [[line]]")
    numbers = [table.get("main"), *(line.get("number") for line in lines)]
    for number in numbers:
        if not isinstance(number, str) or not (
            number.isascii() and number.isdigit() and 2 <= len(number) <= 16
        ):
            raise Invalid(f"{path.name}: {number!r} is not a number of 2 to 16 digits")
        if numbers.count(number) > 1:
            raise Invalid(f"{path.name}: {number} is there twice")
    for line in lines:
        _check_line(path.name, line)
    return table


def _check_line(where: str, line: dict[str, Any]) -> None:
    for key in ("name", "name_en"):
        name = line.get(key)
        if not isinstance(name, str) or not name.isprintable() or ";" in name or not 1 <= len(name) <= 40:
            raise Invalid(f"{where}: line {line['number']}: {key} must be 1 to 40 characters, no semicolon")
    if line.get("queue") not in QUEUES:
        raise Invalid(f"{where}: line {line['number']}: queue must be one of {', '.join(QUEUES)}")


def _check_paths(settings: Settings, part: AsteriskPaths, run: Path) -> None:
    socket = os.fsencode(run / "asterisk.ctl")
    if len(socket) > LONGEST_SOCKET:
        raise Invalid(
            f"HOTLINE_RUNTIME_DIR is {len(socket) - LONGEST_SOCKET} characters too long for a socket in it"
        )
    for path in (settings.runtime_dir, part.modules_dir, part.data_dir):
        # What would end a value or start a comment in Asterisk's files, or split an application's arguments.
        if any(sign in str(path) for sign in ";,|\"'\\${}()\n\r\t") or str(path) != str(path).strip():
            raise Invalid(f"{str(path)!r}: a folder Asterisk uses may not have such signs in its name")
    if not part.modules_dir.is_dir():
        raise Unavailable(f"Asterisk's modules are not in {part.modules_dir}")


def _write(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner only, even while it is being written."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    fresh.replace(path)


def _lay_out_sounds(var: Path, recordings: Path) -> None:
    """Copy prompts and music to where Asterisk looks: copies, so that a file being edited is not heard."""
    for source, target in (
        (recordings / "prompts", var / "sounds" / "hotline"),
        (recordings / "moh", var / "moh"),
    ):
        target.mkdir(parents=True, exist_ok=True)
        wanted = {path.name for path in source.glob("*.wav")}
        for old in target.glob("*.wav"):
            if old.name not in wanted:
                old.unlink()
        for name in wanted:
            fresh = target / f".{name}.new"
            shutil.copyfile(source / name, fresh)
            fresh.replace(target / name)


def _link(link: Path, target: Path) -> None:
    if link.is_symlink():
        link.unlink()
    link.symlink_to(target)
