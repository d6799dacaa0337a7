"""Passwords are hashed as RFC 9106 says; each hash knows how it was made."""

import pytest

from hotline.storage.passwords import Argon2Passwords
from tests.support import quick


def test_a_new_hash_is_the_work_that_rfc_9106_asks_for() -> None:
    hashed = Argon2Passwords().hash("three words here")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Argon2Passwords().matches(hashed, "three words here")
    assert not Argon2Passwords().matches(hashed, "three words there")


def test_a_hash_made_with_other_work_still_matches() -> None:
    hashed = quick.PASSWORDS.hash("three words here")
    assert hashed.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert Argon2Passwords().matches(hashed, "three words here")


@pytest.mark.parametrize(
    "damaged", ["", "x", "$argon2id$v=19$m=65536,t=3,p=4$", "$argon2id$" + "x" * 100_000]
)
def test_a_damaged_hash_matches_nothing(damaged: str) -> None:
    assert not Argon2Passwords().matches(damaged, "")
