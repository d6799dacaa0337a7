"""The secrets of one installation: random, made at the first start, in files only the owner can read."""

import fcntl
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from hotline.domain.errors import Invalid, Unavailable

NAMES = ("ami", "redis", "web", "sip", "numbers")


def ensure_secrets(folder: Path) -> None:
    """Make the missing and the empty secret files (mode 0600) in `folder` (0700); others are left alone.

    Raises OSError, naming the file; then no half of one is there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go of when it is closed
        for path in (folder / name for name in NAMES):
            if not (path.exists() and path.stat().st_size):
                _write(path, secrets.token_urlsafe(32))
    finally:
        os.close(lock)


def _write(path: Path, secret: str) -> None:
    fresh = path.with_name(".new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as problem:
        fresh.unlink(missing_ok=True)
        raise OSError(problem.errno, problem.strerror, str(path)) from None


def read_secret(name: str, folder: Path) -> str:
    """A secret by name: `HOTLINE_NAME_SECRET`, else the file `HOTLINE_NAME_SECRET_FILE` names, else ours.

    Raises Unavailable when it does not exist yet, Invalid when it is too short to be one.
    """
    key = f"HOTLINE_{name.upper()}_SECRET"
    value = os.environ.get(key)
    if value is None:
        path = Path(os.environ.get(f"{key}_FILE") or folder / name)
        try:
            value = path.read_text(encoding="utf-8").strip()
        except OSError:
            raise Unavailable(f"secret {name} is not there yet: start once with `hotline run`") from None
    if len(value) < 16:
        raise Invalid(f"{key} must have at least 16 characters")
    return value


def sip_secret(master: str, user: str) -> str:
    """The SIP password of one seat, derived so that knowing one tells nothing of another."""
    return hmac.new(master.encode(), f"sip:{user}".encode(), hashlib.sha256).hexdigest()[:32]
