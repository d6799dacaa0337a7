"""What the browser is given: vendored modules as listed, the same words in both languages, nothing inline."""

import re
from pathlib import Path

import pytest

from hotline.domain.seat import PAUSE_REASONS, SeatState
from hotline.domain.supervision import Act
from hotline.domain.ticket import Kind, TicketState
from hotline.domain.ticket_new_date import Way
from hotline.domain.units import Level
from hotline.services.answers import LISTS
from hotline.services.deadlines import FIGURES, ON_TIME
from seat_console import vendor
from seat_console.errors import HTTP_CODES, TABLE
from seat_console.texts import read_dictionaries

ROOT = Path(vendor.__file__).parent
SCRIPTS = sorted((ROOT / "static/js").rglob("*.js"))
TEMPLATES = sorted((ROOT / "templates").glob("*.html"))
DICTIONARIES = read_dictionaries()
# Keys made at run time from a state, a kind, a problem: each of their values must have its text.
MADE = {
    "state": set(SeatState),
    "kind": set(Kind),
    "ticket_state": set(TicketState),
    "role": {"seat", "supervisor", "admin", "unit"},
    "level": set(Level),
    "unit_problem": {
        "required",
        "too_long",
        "unreadable",
        "taken",
        "unknown",
        "wrong_level",
        "own_child",
        "has_children",
        "no_address",
    },
    "error": {code for _, _, code in TABLE} | set(HTTP_CODES.values()) | {"must_change", "away", "unknown"},
    "problem": {"required", "confidential", "unknown", "wrong_type", "too_long", "unreadable"},
    "part": {
        "database",
        "redis",
        "switch",
        "speech",
        "clock",
        "pbx",
        "categoriser",
        "well",
        "down",
        "trouble",
        "unknown",
    },
    "figure": {*FIGURES, *ON_TIME, *LISTS, "register", "meetings", "mails"},
    "figure_note": {*FIGURES, "mails"},
    "time_act": set(Act) - {Act.NOTICE, Act.CRITICISM},
    "way": set(Way),
    "callback": {"done_tell_new_date", "done_miss_new_date", "done_call_back", "done_give_up_calling"},
    "mails": {"unit", "about", "since", "problem"},
    "deed": {
        "hand_over",
        "force",
        "ask_unit",
        "pass_on",
        "pass_part",
        "remind",
        "notice",
        "criticise",
        "withdraw",
        "tell_new_date",
        "miss_new_date",
    },
    "figure_group": {"decide", "late", "next"},
    "act": {"grant_extension", "refuse_extension", "force", "hand_over", "reissue", "issue_supervision"}
    | {"issue_criticism", "convene", "minutes", "duty", "close_meeting"},
    "idle": {"offline", "ready", "paused_hint", "offline_hint", "ready_hint"},
    "draft": {"typing", "saving", "saved", "kept", "conflict", "refused", "closed"},
    "blocked": {"occupied", "taken_over", "no_seat", "occupied_hint", "taken_over_hint", "no_seat_hint"},
    "leg": {"microphone", "answer", "autoplay", "elsewhere", "lost"},
    "call": {"word_ringing", "word_talking", "word_held", "word_wrap_up"},
}


def fixed_keys() -> set[str]:
    """Every key that is written out in a script or a template."""
    found: set[str] = set()
    for path in SCRIPTS:
        found |= set(re.findall(r"""['`]([a-z_]+\.[a-z_]+)['`]""", path.read_text(encoding="utf-8")))
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"""data-t(?:-\w+)?="([a-z_.]+)\"""", text))
        found |= set(re.findall(r"""\bt\("([a-z_]+\.[a-z_]+)"\)""", text))
    return found - {"seat.ready", "seat.pause", "seat.offline", "call.listen", "calendar.changed"}


def test_the_vendored_modules_are_those_in_the_list() -> None:
    assert vendor.changed_files() == []
    listed = {module["file"] for module in vendor.read_list()["modules"]}
    assert {path.name for path in vendor.FOLDER.glob("*.js")} == listed
    assert all(module["licence"] and module["version"] for module in vendor.read_list()["modules"])


def test_a_changed_vendored_file_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in vendor.FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "jssip.js").write_bytes(b"alert(1)")
    (tmp_path / "socket.io.js").unlink()
    monkeypatch.setattr(vendor, "FOLDER", tmp_path)
    assert vendor.changed_files() == ["jssip.js", "socket.io.js"]


def test_both_languages_have_the_same_keys_and_a_text_for_each() -> None:
    chinese, english = DICTIONARIES["zh"], DICTIONARIES["en"]
    assert chinese.keys() == english.keys()
    assert all(chinese.values())
    assert all(english.values())


def test_both_languages_fill_in_the_same_values() -> None:
    blanks = {
        lang: {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in DICTIONARIES[lang].items()}
        for lang in ("zh", "en")
    }
    assert blanks["zh"] == blanks["en"]


def test_every_key_that_is_used_has_a_text() -> None:
    used = fixed_keys()
    assert len(used) > 100
    assert used <= DICTIONARIES["zh"].keys()


@pytest.mark.parametrize(("group", "names"), MADE.items(), ids=list(MADE))
def test_every_state_has_its_word(group: str, names: set[str]) -> None:
    assert {f"{group}.{name}" for name in names} <= DICTIONARIES["zh"].keys()


def test_pause_reasons_are_named_in_both_languages() -> None:
    assert all(zh and en for zh, en, _ in PAUSE_REASONS.values())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_templates_have_nothing_inline(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", text)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.name)
def test_scripts_make_no_html_and_no_code_from_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.name)
def test_a_script_is_a_room_not_a_hall(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 200


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "paper"), ("ink", "ground"), ("ink", "mark"), ("ink", "accent-ground"), ("soft", "paper"),
        ("soft", "ground"), ("soft", "accent-ground"), ("accent", "paper"), ("paper", "accent"),
        ("good", "good-ground"), ("warn", "warn-ground"), ("bad", "bad-ground"), ("bad", "paper"),
        ("paper", "bad"), ("paper", "state-ready"), ("state-ringing", "paper"), ("state-talking", "paper"),
    ],
)  # fmt: skip
def test_text_stands_out_from_its_ground(ink: str, ground: str) -> None:
    css = (ROOT / "static/css/base.css").read_text(encoding="utf-8")
    tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css))
    light, dark = sorted((luminance(tokens[ink]), luminance(tokens[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
