"""Runs other programs for set-up: output to the log, a limit on time, and their failures as one sentence."""

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from hotline.setup import places
from hotline.setup.narrate import SetupFailed

_CAUSES: tuple[tuple[str, str], ...] = (
    (r"No space left on device|have enough free space|Disk quota exceeded", "the disk is full"),
    (
        r"Temporary failure resolving|Could not resolve|Name or service not known|Could not connect"
        r"|Unable to connect|Connection refused|Network is unreachable|timed out"
        r"|NewConnectionError|Max retries exceeded",
        "the package server of this machine's configuration cannot be reached; check the network",
    ),
    (
        r"NO_PUBKEY|public key is not available",
        "the machine's Debian keyring is too old to check the signature",
    ),
    (
        r"BADSIG|Hash Sum mismatch|DO NOT MATCH THE HASHES|is not signed",
        "what was downloaded is not what was signed",
    ),
    (
        r"Could not get lock|Unable to acquire the dpkg frontend lock",
        "another program is installing packages",
    ),
    (
        r"Unable to locate package|has no installation candidate|No matching distribution",
        "there is no such package, or its server cannot be reached",
    ),
    (
        r"Unmet dependencies|unmet dependencies|held broken packages",
        "the machine's packages do not fit together",
    ),
    (r"Permission denied|Read-only file system", "a folder cannot be written"),
)


_PATIENCE_S = 20.0


class CommandFailed(SetupFailed):
    """A program ended with an error; `cause` is the part of the sentence that says why."""

    def __init__(self, doing: str, cause: str) -> None:
        super().__init__(f"{doing} failed: {cause} (details: {places.log_file()}).")
        self.cause = cause


def cause_of(output: str) -> str:
    """The first known reason in a program's output, else its last line."""
    for pattern, words in _CAUSES:
        if re.search(pattern, output):
            return words
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it said nothing"


def run(
    argv: Sequence[str | Path],
    *,
    doing: str,
    limit_s: float,
    env: Mapping[str, str] | None = None,
    tries: int = 1,
) -> str:
    """Runs a command and returns its output; tried again when it fails, since downloads break."""
    for attempt in range(1, tries + 1):
        status, output = _run_once([str(word) for word in argv], limit_s, env)
        if status == 0:
            return output
        if attempt == tries:
            raise CommandFailed(doing, cause_of(output))
    raise AssertionError("tries must be at least 1")


def _run_once(argv: list[str], limit_s: float, env: Mapping[str, str] | None) -> tuple[int, str]:
    """Its own process group, so that a time-out or Ctrl-C ends what it started too."""
    surroundings = {**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", **(env or {})}
    try:
        process = subprocess.Popen(
            argv,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            errors="replace",
        )
    except OSError as error:
        return 127, f"{argv[0]}: {error.strerror}"
    try:
        output, _ = process.communicate(timeout=limit_s)
        status = process.returncode
    except subprocess.TimeoutExpired:
        _end_group(process)
        output, status = f"timed out after {limit_s:.0f} s", 124
    except BaseException:
        _end_group(process)
        raise
    _log(argv, status, output)
    return status, output


def _end_group(process: subprocess.Popen[str]) -> None:
    """Asked first: a package installation that is killed half-way leaves the machine's packages broken."""
    for number, patience_s in ((signal.SIGINT, _PATIENCE_S), (signal.SIGKILL, None)):
        try:
            os.killpg(process.pid, number)
            process.wait(patience_s)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def _log(argv: list[str], status: int, output: str) -> None:
    try:
        places.private_dir().mkdir(parents=True, exist_ok=True)
        with places.log_file().open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(argv)}\n{output.rstrip()}\n[{status}]\n")
    except OSError:
        pass  # a full disk must be told by the step that met it, not by its log
