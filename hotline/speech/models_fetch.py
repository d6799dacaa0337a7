"""Brings a file over HTTP to its end: resumed where it was cut off, never longer than told, and checked."""

import hashlib
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline.domain.errors import Invalid, Unavailable

ATTEMPTS = 6  # in a row without a single new byte
READ_S = 30.0
_PIECE = 256 * 1024
_MOST_LIST = 4 * 1024 * 1024
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """`md5` is "" where nobody has published one."""

    url: str
    most_bytes: int
    md5: str = ""


def fetch(wanted: Wanted, target: Path, say: Say, pause_s: float = 1.0) -> str:
    """Fill `target`; its SHA-256. What came stays in `target.part` for the next time.

    Raises Unavailable when the other side does not give it, Invalid when what it gives is not what is wanted.
    """
    part = target.with_name(target.name + ".part")
    failures, problem = 0, ""
    while failures < ATTEMPTS:
        before = _size(part)
        try:
            if _more(wanted, part):
                return _finished(wanted, part, target)
            problem = "the connection was cut"
        except (OSError, http.client.HTTPException) as error:
            problem = _plain(error)
            if isinstance(error, urllib.error.HTTPError) and error.code in (401, 403, 404, 410):
                break
        failures = 0 if _size(part) > before else failures + 1
        say(f"{problem}; {_size(part):,} bytes are here, going on from there")
        time.sleep(pause_s * min(failures, 5))
    raise Unavailable(f"{wanted.url}: {problem}")


def published_md5(source: str, name: str) -> str:
    """From the list beside the models; "" when it cannot be had or does not tell."""
    from hotline.speech.models_known import LIST

    try:
        with urllib.request.urlopen(_request(source + LIST), timeout=READ_S) as answer:  # noqa: S310
            rows: Any = json.loads(answer.read(_MOST_LIST))
        told = next((row for row in rows if isinstance(row, dict) and row.get("name") == name), {})
        md5 = str(told.get("md5", "")).lower()
    except (OSError, ValueError, TypeError, RecursionError, http.client.HTTPException):
        return ""
    return md5 if len(md5) == 32 and all(c in "0123456789abcdef" for c in md5) else ""


def _request(url: str, **headers: str) -> urllib.request.Request:
    if not url.startswith(("https://", "http://127.0.0.1:")):
        raise Invalid(f"{url}: models come over https only")
    return urllib.request.Request(url, headers={"User-Agent": "hotline"} | headers)  # noqa: S310


def _more(wanted: Wanted, part: Path) -> bool:
    """One connection; True when all is there. The file is only ever continued if it is still the same one."""
    have, mark = _size(part), part.with_name(part.name + ".mark")
    headers = {}
    if have and mark.exists():
        headers = {"Range": f"bytes={have}-", "If-Range": mark.read_text(encoding="utf-8")}
    try:
        answer = urllib.request.urlopen(_request(wanted.url, **headers), timeout=READ_S)  # noqa: S310
    except urllib.error.HTTPError as error:
        if error.code == 416:  # we have all of it, or too much
            part.unlink()
        raise
    with answer:
        continued = answer.status == 206 and _begins_at(answer, have)
        if answer.status == 206 and not continued:
            part.unlink(missing_ok=True)
            raise OSError("another part came than was asked for")
        have = have if continued else 0
        told = answer.headers.get("Content-Length")
        total = have + int(told) if told and told.isdigit() else None
        if total is not None and total > wanted.most_bytes:
            raise Invalid(f"{wanted.url}: {total:,} bytes are more than the {wanted.most_bytes:,} expected")
        tag = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        mark.write_text(tag, encoding="utf-8") if tag and not tag.startswith("W/") else mark.unlink(True)
        with part.open("ab" if continued else "wb") as file:
            while piece := answer.read(_PIECE):
                have += len(piece)
                if have > wanted.most_bytes:
                    raise Invalid(f"{wanted.url}: more than the {wanted.most_bytes:,} bytes expected")
                file.write(piece)
    return total is None or have == total


def _begins_at(answer: Any, have: int) -> bool:
    return str(answer.headers.get("Content-Range", "")).startswith(f"bytes {have}-")


def _finished(wanted: Wanted, part: Path, target: Path) -> str:
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with part.open("rb") as file:
        while piece := file.read(_PIECE):
            sha256.update(piece)
            md5.update(piece)
    part.with_name(part.name + ".mark").unlink(missing_ok=True)
    if wanted.md5 and md5.hexdigest() != wanted.md5:
        part.unlink()
        raise Invalid(f"{wanted.url}: its MD5 sum is {md5.hexdigest()} and not {wanted.md5} as published")
    part.replace(target)
    return sha256.hexdigest()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _plain(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    return " ".join(str(reason or error or type(error).__name__).split())[:200]
