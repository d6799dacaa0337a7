"""Who may log in: the first administrator, demo accounts, passwords, ending all sessions of somebody."""

import re
import secrets
from dataclasses import dataclass

from hotline.domain.errors import Conflict, Invalid, NotFound
from hotline.domain.ids import AccountId, SeatId, UnitId
from hotline.services import units
from hotline.services.ports import Account, Passwords, Transaction

ROLES = ("seat", "supervisor", "admin", "unit")
# One of each level, where the city has them.
DEMO_UNITS = ("市水务集团", "市城市管理局", "市公安局", "密州街道", "东关社区")
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}\Z")
# Compared when the login does not exist, so that the answer takes as long as for one that does.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$bm9ib2R5bm9ib2R5bm9i$8CHtPGuYcYsZRDFnKzXFpyyPNyfAHv8GJx2wVQTGBnE"


@dataclass(frozen=True, slots=True)
class NewLogin:
    """A login with the one-time password that is shown once."""

    login: str
    password: str


def first_administrator(tx: Transaction, passwords: Passwords) -> NewLogin | None:
    """Make `admin` with a one-time password when there is no administrator; None when there is one."""
    if any(account.role == "admin" for account in tx.accounts.all()):
        return None
    return create(tx, passwords, login="admin", name="管理员", role="admin")


def demo_accounts(tx: Transaction, passwords: Passwords, seats: int = 10) -> None:
    """Demo accounts with random passwords nobody knows: the demo's login page opens them."""
    wanted: list[dict[str, str]]
    wanted = [
        {"login": f"seat{n:02d}", "name": f"演示坐席{n:02d}", "role": "seat", "seat": f"seat{n:02d}"}
        for n in range(1, seats + 1)
    ]
    wanted += [{"login": "sup01", "name": "演示班长", "role": "supervisor"}]
    known = [unit for unit in map(tx.units.named, DEMO_UNITS) if unit and unit.is_open]
    wanted += [
        {"login": f"unit{n:02d}", "name": unit.name, "role": "unit", "unit": unit.id}
        for n, unit in enumerate(known, 1)
    ]
    hashed = ""
    for values in wanted:
        if tx.accounts.by_login(values["login"]):
            continue
        hashed = hashed or passwords.hash(secrets.token_urlsafe(32))
        tx.accounts.add(**values, password_hash=hashed, must_change=False, active=True, epoch=1, demo=True)


def verify(tx: Transaction, passwords: Passwords, login: str, password: str) -> Account | None:
    """The account, if the password is right and it is active."""
    account = tx.accounts.by_login(login.strip().lower()[:64])
    right = passwords.matches(account.password_hash if account else _NOBODY, password[:LONGEST_PASSWORD])
    return account if account and right and account.active else None


def create(
    tx: Transaction,
    passwords: Passwords,
    *,
    login: str,
    name: str,
    role: str,
    seat: str | None = None,
    unit: str | None = None,
) -> NewLogin:
    """Make an account with a one-time password. Raises Invalid or Conflict."""
    login = login.strip().lower()
    if not _LOGIN.match(login):
        raise Invalid("a login has 2 to 32 small letters, digits, dots or dashes")
    _check_assignment(tx, name, role, seat, unit)
    password = secrets.token_urlsafe(12)
    tx.accounts.add(
        login=login, name=name.strip(), role=role, seat=seat, unit=unit,
        password_hash=passwords.hash(password), must_change=True, active=True, epoch=1, demo=False,
    )  # fmt: skip
    return NewLogin(login, password)


def assign(
    tx: Transaction,
    account_id: AccountId,
    *,
    name: str,
    role: str,
    seat: str | None = None,
    unit: str | None = None,
) -> Account:
    """Give another name, role, seat or unit; its sessions end. The last administrator stays one."""
    account = _get(tx, account_id)
    _check_assignment(tx, name, role, seat, unit)
    if role != "admin":
        _check_not_last_administrator(tx, account)
    values = {"name": name.strip(), "role": role, "seat": seat, "unit": unit}
    tx.accounts.update(account_id, **values, epoch=account.epoch + 1)
    return _get(tx, account_id)


def change_password(
    tx: Transaction, passwords: Passwords, account_id: AccountId, old: str, new: str
) -> Account:
    """Replace the password; all other sessions end. Raises Invalid when the old one is wrong."""
    account = _get(tx, account_id)
    if not passwords.matches(account.password_hash, old[:LONGEST_PASSWORD]):
        raise Invalid("the old password is not right")
    if not SHORTEST_PASSWORD <= len(new) <= LONGEST_PASSWORD:
        raise Invalid(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    if new == old:
        raise Invalid("the new password must be another one")
    values = {"password_hash": passwords.hash(new), "must_change": False, "epoch": account.epoch + 1}
    tx.accounts.update(account_id, **values)
    return _get(tx, account_id)


def reset_password(tx: Transaction, passwords: Passwords, account_id: AccountId) -> NewLogin:
    """Give a new one-time password; all sessions of the account end."""
    account = _get(tx, account_id)
    password = secrets.token_urlsafe(12)
    values = {"password_hash": passwords.hash(password), "must_change": True, "epoch": account.epoch + 1}
    tx.accounts.update(account_id, **values)
    return NewLogin(account.login, password)


def set_active(tx: Transaction, account_id: AccountId, active: bool) -> Account:
    """Allow or forbid logging in; forbidding ends all sessions. The last administrator stays."""
    account = _get(tx, account_id)
    if not active:
        _check_not_last_administrator(tx, account)
    tx.accounts.update(account_id, active=active, epoch=account.epoch + 1)
    return _get(tx, account_id)


def _check_assignment(tx: Transaction, name: str, role: str, seat: str | None, unit: str | None) -> None:
    if role not in ROLES:
        raise Invalid("the role must be seat, supervisor, admin or unit")
    if not name.strip() or len(name) > 64:
        raise Invalid("a name has 1 to 64 characters")
    if (seat is not None) != (role == "seat"):
        raise Invalid("a seat account needs a seat, and only a seat account has one")
    if seat is not None:
        tx.seats.get(SeatId(seat))
    if (unit is not None) != (role == "unit"):
        raise Invalid("a unit's account needs its unit, and only such an account has one")
    if unit is not None:
        units.require(tx, UnitId(unit))


def _check_not_last_administrator(tx: Transaction, account: Account) -> None:
    others = [a for a in tx.accounts.all() if a.role == "admin" and a.active and a.id != account.id]
    if account.role == "admin" and not others:
        raise Conflict("this is the last administrator: make another one first")


def _get(tx: Transaction, account_id: AccountId) -> Account:
    account = tx.accounts.get(account_id)
    if account is None:
        raise NotFound("there is no such account")
    return account
