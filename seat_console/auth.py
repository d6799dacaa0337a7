"""Logging in and out, replacing the one-time password, and the demo's open seats."""

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from werkzeug.exceptions import Forbidden, TooManyRequests
from werkzeug.wrappers import Response

from hotline.domain.errors import Invalid
from hotline.services import accounts
from hotline.services.ports import Account
from seat_console.context import services
from seat_console.login_limits import LoginLimits
from seat_console.security import check_form_token, form_token, is_loopback
from seat_console.sessions import current_account, log_in

blueprint = Blueprint("auth", __name__)
Page = str | Response | tuple[str, int]


def _limits() -> LoginLimits:
    found: LoginLimits = current_app.extensions["login_limits"]
    return found


@blueprint.get("/login")
def login() -> Page:
    """The form, and in the demo its seats."""
    if current_account():
        return redirect(url_for("pages.home"))
    return _login_page()


@blueprint.post("/login")
def log_in_with_password() -> Page:
    """Check name and password; a wrong one is slowed down."""
    check_form_token()
    name, password = request.form.get("login", "")[:64], request.form.get("password", "")
    peer = request.remote_addr or ""
    try:
        _limits().check(name, peer)
    except TooManyRequests:
        return _login_page("login.too_many", name), 429
    with services().storage.reading() as tx:
        account = accounts.verify(tx, services().passwords, name, password)
    if account is None:
        _limits().count_wrong(name, peer)
        return _login_page("login.wrong", name), 401
    log_in(account)
    return redirect(url_for("auth.password" if account.must_change else "pages.home"))


@blueprint.post("/login/demo")
def log_in_to_demo() -> Page:
    """One click into a demo account; only on the machine that runs the demo."""
    check_form_token()
    if not _demo_is_open():
        raise Forbidden("demo seats open only on the machine that runs the demo")
    with services().storage.reading() as tx:
        account = tx.accounts.by_login(request.form.get("login", "")[:64])
    if account is None or not account.demo or not account.active:
        raise Forbidden("this is no demo account")
    log_in(account)
    return redirect(url_for("pages.home"))


@blueprint.post("/logout")
def logout() -> Page:
    """Forget who it was; the seat itself goes offline when its page is gone."""
    check_form_token()
    session.clear()
    return redirect(url_for("auth.login"))


@blueprint.get("/password")
def password() -> Page:
    """The form to replace the password."""
    account = current_account()
    if account is None:
        return redirect(url_for("auth.login"))
    return _password_page(account)


@blueprint.post("/password")
def change_password() -> Page:
    """Replace the password; the account's other sessions end, this one goes on."""
    check_form_token()
    account = current_account()
    if account is None:
        return redirect(url_for("auth.login"))
    old, new = request.form.get("old", ""), request.form.get("new", "")
    peer = request.remote_addr or ""
    _limits().check(account.login, peer)
    problem = _wrong_with(old, new, request.form.get("again", ""))
    if problem:
        return _password_page(account, problem), 422
    try:
        with services().storage.writing() as tx:
            changed = accounts.change_password(tx, services().passwords, account.id, old, new)
    except Invalid:
        _limits().count_wrong(account.login, peer)
        return _password_page(account, "password.wrong"), 422
    log_in(changed)
    return redirect(url_for("pages.home"))


def _wrong_with(old: str, new: str, again: str) -> str | None:
    if new != again:
        return "password.differ"
    if not accounts.SHORTEST_PASSWORD <= len(new) <= accounts.LONGEST_PASSWORD:
        return "password.length"
    return "password.same" if new == old else None


def _login_page(problem: str | None = None, name: str = "") -> str:
    demo: list[Account] = []
    if _demo_is_open():
        with services().storage.reading() as tx:
            demo = [account for account in tx.accounts.all() if account.demo and account.active]
    return render_template(
        "login.html", problem=problem, name=name, demo_accounts=demo, form_token=form_token()
    )


def _password_page(account: Account, problem: str | None = None) -> str:
    return render_template("password.html", account=account, problem=problem, form_token=form_token())


def _demo_is_open() -> bool:
    return services().settings.demo and is_loopback()
