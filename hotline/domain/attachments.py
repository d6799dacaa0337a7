"""Files that units send with their answers: what they may be, and what they may be called."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from hotline.domain.ids import AccountId, TicketKey, UnitId

LARGEST = 20 * 1024 * 1024
MOST_UNSENT = 10  # of one unit for one ticket
LONGEST_NAME = 100
_OFFICE = "application/vnd.openxmlformats-officedocument."
# By what the file is inside, never by what it is called; each with the endings its name may have.
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "application/pdf": ("pdf",),
        "image/jpeg": ("jpg", "jpeg"),
        "image/png": ("png",),
        "image/gif": ("gif",),
        "image/webp": ("webp",),
        "image/heic": ("heic", "heif"),
        "application/msword": ("doc", "wps"),
        "application/vnd.ms-excel": ("xls", "et"),
        "application/vnd.ms-powerpoint": ("ppt", "dps"),
        f"{_OFFICE}wordprocessingml.document": ("docx",),
        f"{_OFFICE}spreadsheetml.sheet": ("xlsx",),
        f"{_OFFICE}presentationml.presentation": ("pptx",),
        "video/mp4": ("mp4",),
        "video/quicktime": ("mov",),
        "audio/mpeg": ("mp3",),
        "audio/mp4": ("m4a",),
        "audio/amr": ("amr",),
        "audio/x-wav": ("wav",),
    }
)
# Shown in the browser; all else is only given to be kept: a browser's reader of PDF works in no sandbox.
INLINE = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
# Started by a careless click, whatever they are inside.
EXECUTABLE = frozenset(
    {
        "exe", "com", "scr", "pif", "bat", "cmd", "ps1", "psm1", "vbs", "vbe", "js", "jse", "wsf", "wsh",
        "hta", "msi", "msp", "lnk", "reg", "jar", "apk", "app", "dmg", "sh", "bash", "run", "dll", "sys",
        "cpl", "py", "pl", "rb", "php", "html", "htm", "svg", "xhtml", "url", "docm", "xlsm", "pptm",
        "dotm", "xltm",
    }
)  # fmt: skip
_FORBIDDEN = set('<>:"|?*/\\')


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a unit for a ticket; until `sent_at` it may be taken away again."""

    key: int
    ticket: TicketKey
    unit: UnitId
    account: AccountId
    name: str
    kind: str
    size: int
    sha256: str
    at: datetime
    sent_at: datetime | None = None


def is_executable_name(name: str) -> bool:
    """By its ending; `photo.jpg.exe` is one."""
    return name.rpartition(".")[2].strip().lower() in EXECUTABLE and "." in name


def clean_name(raw: str, kind: str) -> str:
    """A name for showing and saving: no folders, nothing invisible, and the ending that its kind has."""
    last = unicodedata.normalize("NFC", raw).replace("\\", "/").rpartition("/")[2]
    plain = "".join(each for each in last if each.isprintable() and each not in _FORBIDDEN)
    stem, _, ending = plain.rpartition(".")
    known = KINDS[kind]
    if not stem or ending.lower() not in known:
        stem, ending = plain, known[0]
    stem = " ".join(stem.split()).strip(". ")[: LONGEST_NAME - len(ending) - 1] or "附件"
    return f"{stem}.{ending.lower()}"
