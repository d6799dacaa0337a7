"""Accounts on a real database: the first administrator, demo accounts, one a seat, passwords."""

import pytest

from hotline.domain.errors import Conflict, Invalid, NotFound
from hotline.services import accounts
from hotline.storage.sql import SqlStorage
from tests.support.quick import PASSWORDS


def test_the_first_administrator_is_made_once(storage: SqlStorage) -> None:
    with storage.writing() as tx:
        first = accounts.first_administrator(tx, PASSWORDS)
        assert first and accounts.first_administrator(tx, PASSWORDS) is None
        found = accounts.verify(tx, PASSWORDS, " ADMIN ", first.password)
        assert found and found.must_change
        assert accounts.verify(tx, PASSWORDS, "admin", first.password + "x") is None
        assert accounts.verify(tx, PASSWORDS, "nobody", first.password) is None
        changed = accounts.change_password(tx, PASSWORDS, found.id, first.password, "另一个很长的密码吧!!")
        assert (changed.must_change, changed.epoch) == (False, found.epoch + 1)
        with pytest.raises(Conflict, match="last administrator"):
            accounts.set_active(tx, found.id, False)


def test_demo_accounts_open_with_no_password(storage: SqlStorage) -> None:
    with storage.writing() as tx:
        accounts.demo_accounts(tx, PASSWORDS)
        accounts.demo_accounts(tx, PASSWORDS)
        assert all(a.demo for a in tx.accounts.all())
        assert len(tx.accounts.all()) == 11
        assert accounts.verify(tx, PASSWORDS, "seat01", "") is None


@pytest.mark.parametrize(
    "values",
    [
        {"login": "a"},
        {"login": "x' or 1=1"},
        {"login": "x" * 300},
        {"name": " "},
        {"name": "n" * 65},
        {"role": "root"},
        {"role": "seat"},
        {"role": "admin", "seat": "seat01"},
    ],
)
def test_wrong_accounts_are_refused(storage: SqlStorage, values: dict[str, str]) -> None:
    good = {"login": "li", "name": "李", "role": "supervisor"}
    with pytest.raises(Invalid), storage.writing() as tx:
        accounts.create(tx, PASSWORDS, **(good | values))  # type: ignore[arg-type]
    with storage.reading() as tx:
        assert tx.accounts.all() == []


def test_a_seat_has_one_account_and_must_exist(storage: SqlStorage) -> None:
    with storage.writing() as tx:
        accounts.create(tx, PASSWORDS, login="li", name="李", role="seat", seat="seat01")
        with pytest.raises(Conflict):
            accounts.create(tx, PASSWORDS, login="wang", name="王", role="seat", seat="seat01")
        with pytest.raises(NotFound):
            accounts.create(tx, PASSWORDS, login="wang", name="王", role="seat", seat="seat51")


@pytest.mark.parametrize("new", ["short", "x" * 201])
def test_bad_new_passwords_change_nothing(storage: SqlStorage, new: str) -> None:
    with storage.writing() as tx:
        made = accounts.create(tx, PASSWORDS, login="li", name="李", role="supervisor")
        account = tx.accounts.by_login("li")
        assert account
        with pytest.raises(Invalid):
            accounts.change_password(tx, PASSWORDS, account.id, made.password, new)
        with pytest.raises(Invalid):
            accounts.change_password(tx, PASSWORDS, account.id, "wrong", "a good long password")
        assert tx.accounts.get(account.id) == account
