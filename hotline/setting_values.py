"""What a setting's text may be: each reads one value and raises ValueError, saying what it must be."""

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from hotline.domain.deadlines import DEFAULT_LIMITS
from hotline.domain.units import is_mail_address

LONGEST_ISSUER = 20


def path(raw: str) -> Path:
    if "\x00" in raw:
        raise ValueError("not a path")
    return Path(raw).expanduser()


def port(raw: str) -> int:
    return between(1, 65535)(raw)


def between(low: int, high: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        if not raw.isascii() or not raw.isdigit() or not low <= int(raw[:9]) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(raw)

    return parse


def issuer(raw: str) -> str:
    if len(raw) > LONGEST_ISSUER or not raw.isprintable() or not raw.strip():
        raise ValueError(f"must be one line of at most {LONGEST_ISSUER} characters: it heads official papers")
    return raw.strip()


def flag(raw: str) -> bool:
    if raw.lower() not in ("0", "1", "true", "false", "yes", "no"):
        raise ValueError("must be 1 or 0")
    return raw.lower() in ("1", "true", "yes")


def address(raw: str) -> str:
    try:
        return str(ip_address(raw))
    except ValueError:
        raise ValueError("must be an IP address") from None


def addresses(raw: str) -> tuple[str, ...]:
    return tuple(address(part.strip()) for part in raw.split(",") if part.strip())


def kinds(raw: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in raw.split(",") if part.strip())
    if wrong := [part for part in found if part not in DEFAULT_LIMITS]:
        raise ValueError(f"unknown kind {wrong[0][:20]!a}; known are {', '.join(DEFAULT_LIMITS)}")
    return found


def hours(raw: str) -> tuple[tuple[int, int], ...]:
    """`9-12,14-20`."""
    found = []
    for part in raw.split(","):
        first, dash, last = part.strip().partition("-")
        if not dash or not first.isdigit() or not last.isdigit() or not int(first[:3]) < int(last[:3]) <= 24:
            raise ValueError("must be hours as 9-12,14-20")
        found.append((int(first), int(last)))
    return tuple(found)


def host_and_port(raw: str) -> str:
    """An address or a name, and a port; nothing that would be more than that in a SIP address."""
    host, _, number = raw.rpartition(":")
    bare = host.strip("[]")
    signs = all(each.isalnum() or each in "-.:" for each in bare) and bare.isascii()
    if not signs or not 0 < len(bare) <= 253 or (":" in bare) != host.startswith("["):
        raise ValueError("must be host:port, as 10.0.0.1:5060 or [::1]:5060")
    return f"{host}:{port(number)}"


def plain(raw: str) -> str:
    if not raw.isprintable() or " " in raw or len(raw) > 253:
        raise ValueError("must be one word")
    return raw


def one_of(*known: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return raw

    return parse


def mail_address(raw: str) -> str:
    if not is_mail_address(raw):
        raise ValueError("must be one mail address")
    return raw


def web_address(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain(raw):
        raise ValueError("must be an address as https://hotline.example.gov.cn")
    return raw


def database_url(raw: str) -> str:
    if not raw.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("must start with sqlite:/// or postgresql://")
    return raw.replace("postgresql://", "postgresql+psycopg://", 1)
