"""Who is logged in: the cookie names an account and its epoch, and the server looks at both each time."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Flask, g, redirect, request, session, url_for
from werkzeug.exceptions import Forbidden, Unauthorized

from hotline.domain.ids import AccountId
from hotline.services.ports import Account, Storage
from hotline.settings import Settings
from seat_console.context import services
from seat_console.errors import MustChangePassword

LIFETIME = timedelta(hours=14)  # a shift with its overtime
View = Callable[..., Any]


def register(app: Flask, settings: Settings) -> None:
    """Sign the cookies and keep them from scripts and other sites."""
    app.secret_key = settings.web_secret
    app.config.update(
        SESSION_COOKIE_NAME="hotline",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https:"),
        PERMANENT_SESSION_LIFETIME=LIFETIME,
    )


def log_in(account: Account) -> None:
    """Start a new session: nothing of an older one is kept."""
    session.clear()
    session.permanent = True
    session["account"] = account.id
    session["epoch"] = account.epoch


def current_account() -> Account | None:
    """The account of this request, if it may still be logged in."""
    if "account" not in g:
        g.account = account_of(services().storage, session.get("account"), session.get("epoch"))
    found: Account | None = g.account
    return found


def account_of(storage: Storage, account_id: object, epoch: object) -> Account | None:
    """The active account with that epoch. Raises Unavailable."""
    if type(account_id) is not int:
        return None
    with storage.reading() as tx:
        account = tx.accounts.get(AccountId(account_id))
    return account if account and account.active and account.epoch == epoch else None


def me() -> Account:
    """The account of a view under `requires`."""
    account = current_account()
    if account is None:
        raise Unauthorized("log in first")
    return account


def requires(*roles: str) -> Callable[[View], View]:
    """Only for accounts of these roles (none given: any). Pages lead to the login, the API answers 401."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            is_api = request.path.startswith("/api/")
            account = current_account()
            if account is None:
                if is_api:
                    raise Unauthorized("log in first")
                return redirect(url_for("auth.login"))
            if account.must_change:
                if is_api:
                    raise MustChangePassword
                return redirect(url_for("auth.password"))
            if roles and account.role not in roles:
                raise Forbidden("this is not for your role")
            return view(*args, **kwargs)

        return guarded

    return decorate
