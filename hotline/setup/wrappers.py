"""Writes the small start scripts that give an unpacked program its loader, its libraries and its fonts."""

import shlex
from pathlib import Path

from hotline.setup import places, unpack

_FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>/usr/share/fonts</dir>
  <dir>{fonts}</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""


def write(name: str, lines: list[str]) -> Path:
    """A script of that name in the checkout's private folder; each line is shell."""
    target = places.wrappers_dir() / name
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    fresh.write_text("\n".join(["#!/bin/sh", *lines]) + "\n", encoding="utf-8")
    fresh.chmod(0o755)
    fresh.replace(target)
    return target


def start_lines(executable: Path, root: Path, foreign: bool) -> list[str]:
    """How to start a program of an unpacked tree: through the tree's loader when it is of another release.

    With the machine's own loader a foreign C library would be mixed with the machine's; with its own release
    only the libraries that are missing here come from the tree.
    """
    libraries = unpack.library_path(root)
    loader = unpack.loader(root)
    if foreign and loader:
        through = f"{_quoted(loader)} --library-path {shlex.quote(libraries)}"
        return [f'exec {through} {_quoted(executable)} "$@"']
    return [f"export LD_LIBRARY_PATH={shlex.quote(libraries)}", f'exec {_quoted(executable)} "$@"']


def fonts_conf(fonts: Path) -> Path:
    """A fontconfig file that adds a folder of fonts to those of the machine."""
    target = places.private_dir() / "fonts.conf"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(_FONTS_CONF.format(fonts=fonts), encoding="utf-8")
    return target


def playwright_node(library: Path) -> None:
    """Playwright's own driver with an unpacked library; `parts.environment` says that it is to be used."""
    node = next(places.venv_dir().glob("lib/python*/site-packages/playwright/driver/node"), None)
    if node is not None:
        lines = [f"export LD_LIBRARY_PATH={_quoted(library.parent)}", f'exec {_quoted(node)} "$@"']
        write(places.PLAYWRIGHT_NODE, lines)


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
