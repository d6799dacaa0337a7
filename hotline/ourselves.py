"""How a process of ours starts another one of this same checkout, whatever folder it was called in."""

import sys

_CLI = "from hotline.cli import main; main(prog_name='hotline')"


def command(*words: str) -> list[str]:
    """The arguments of a process that runs the command `hotline` with `words`.

    `python -m` and a path would differ between a checkout and an installed package; this does not.
    """
    return [sys.executable, "-P", "-c", _CLI, *words]


def module(name: str, *words: str) -> list[str]:
    """The same for a module. -P: Python would look into the folder it was called in first, and take another
    checkout's `hotline` for this one's.
    """
    return [sys.executable, "-P", "-m", name, *words]
