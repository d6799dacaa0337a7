"""What an action is told: wrong arguments are named all at once, and nothing of them is kept."""

from typing import Any

import pytest

from hotline.domain.actors import Role
from hotline.domain.errors import Invalid
from hotline.domain.ticket_moves import Action
from hotline.services.course_args import FIELDS, ArgsInvalid, read
from hotline.services.course_rights import RIGHTS

A = Action


@pytest.mark.parametrize(
    ("action", "args", "problems"),
    [
        (A.HAND_OVER, {}, {"unit": "required"}),
        (A.HAND_OVER, {"unit": 7}, {"unit": "wrong_type"}),
        (A.HAND_OVER, {"unit": "u" * 17}, {"unit": "too_long"}),
        (A.HAND_OVER, {"unit": "u001", "days": 3}, {"days": "unknown"}),
        (A.FORCE, {"unit": " ", "decision": "x" * 4001}, {"unit": "required", "decision": "too_long"}),
        (A.FORCE, {"unit": "u001", "decision": "\x00"}, {"decision": "unreadable"}),
        (A.FORCE, {"unit": "u001", "decision": "\ud800"}, {"decision": "unreadable"}),
        (A.GRANT_EXTENSION, {"reason": "长" * 4001}, {"reason": "too_long"}),
        (A.GRANT_EXTENSION, {"reason": 7}, {"reason": "wrong_type"}),
        (A.REFUSE_EXTENSION, {"reason": " "}, {"reason": "required"}),
        (A.ASK_EXTENSION, {"days": True, "reason": "x"}, {"days": "days"}),
        (A.ASK_EXTENSION, {"days": 10**12, "reason": "x"}, {"days": "days"}),
        (
            A.CALL_BACK,
            {"responded": 1, "satisfaction": "very"},
            {"responded": "required", "solved": "required", "satisfaction": "unknown"},
        ),
        (A.NOTICE, {"x y": 1, "ok": "\ud800"}, {"x y": "unknown", "ok": "unreadable"}),
        (A.NOTICE, {f"n{n}": n for n in range(30)}, {"args": "too_long"}),
        (A.SIGN, {"x" * 100: 1}, {"x" * 40: "unknown"}),
    ],
)
def test_wrong_arguments_are_named_all_at_once(action: Action, args: Any, problems: Any) -> None:
    with pytest.raises(ArgsInvalid) as refused:
        read(action, args)
    assert refused.value.problems == problems


@pytest.mark.parametrize("args", [None, [], "unit", 7])
def test_what_is_no_object_is_refused(args: object) -> None:
    with pytest.raises(Invalid, match="must be an object"):
        read(A.HAND_OVER, args)


def test_what_is_right_comes_clean() -> None:
    assert read(A.FORCE, {"unit": " u001 ", "decision": " 由水务集团办理 "}) == {
        "unit": "u001",
        "decision": "由水务集团办理",
    }
    said = {"responded": True, "solved": False, "satisfaction": "not"}
    assert read(A.CALL_BACK, said) == {**said, "words": ""}
    assert read(A.GRANT_EXTENSION, {}) == {"reason": ""}
    assert read(A.REMIND, {"share": 50}) == {"share": "50"}
    assert read(A.SIGN, {}) == {}


def test_every_action_has_its_people() -> None:
    assert set(RIGHTS) == set(Action) and set(FIELDS) <= set(Action)
    assert not any(Role.ADMIN in who for who in RIGHTS.values())
