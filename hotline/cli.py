"""The `hotline` command: starts the processes, manages accounts, tells how things are."""

import errno
import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from hotline.domain.errors import HotlineError
from hotline.settings import CHECKOUT, Settings

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


def one_sentence(command: Callable[..., Any]) -> Callable[..., Any]:
    """An expected failure is one sentence on stderr and exit code 2, never a traceback."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except HotlineError as problem:
            said = str(problem)
        except OSError as problem:  # a disk that is full, a folder that is not ours
            if not problem.filename and problem.errno not in _DISK:
                raise
            said = f"{problem.filename}: {problem.strerror}" if problem.filename else str(problem.strerror)
        click.echo(f"hotline: {said}", err=True)
        sys.exit(2)

    return wrapped


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """12341: a city's people call one number."""


@main.command()
@click.option("--demo", is_flag=True, help="Demo seats that open with a click; every screen says so.")
@one_sentence
def run(demo: bool) -> None:
    """Start everything, watch over it, and stop it all with Ctrl-C."""
    from hotline import supervise

    if demo:
        os.environ["HOTLINE_DEMO"] = "1"  # the processes started here read it too
    sys.exit(supervise.main(Settings.from_env()))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@one_sentence
def doctor(as_json: bool) -> None:
    """List every part, its version, where it came from, and whether it is well."""
    from hotline import doctor as examination

    sys.exit(examination.main(as_json=as_json))


@main.command()
@one_sentence
def prepare() -> None:
    """Make folders, secrets, database and the first administrator; `run` does this by itself."""
    from hotline import bootstrap

    login = bootstrap.prepare(Settings.from_env())
    if login:
        click.echo(f"administrator: {login.login}  one-time password: {login.password}")


@main.command()
@one_sentence
def switch() -> None:
    """The switch process: Asterisk's manager link and the AGI scripts."""
    from hotline import log_lines
    from hotline import switch as process

    log_lines.log_to_stderr()
    process.main(Settings.from_env())


@main.command()
@one_sentence
def speech() -> None:
    """The speech process: AudioSocket in front of Vosk."""
    from hotline import log_lines, speech_server

    log_lines.log_to_stderr()
    speech_server.run(Settings.from_env())


@main.command()
@one_sentence
def clock() -> None:
    """The clock process."""
    from hotline import bootstrap, log_lines

    log_lines.log_to_stderr()
    bootstrap.open_clock(Settings.from_env()).run()


@main.command()
@one_sentence
def web() -> None:
    """The web process: gunicorn with one worker and many threads, as Flask-SocketIO needs it."""
    settings = Settings.from_env()
    bind = f"[{settings.web_host}]" if ":" in settings.web_host else settings.web_host
    options = ["--worker-class", "gthread", "--workers", "1", "--threads", "200"]
    options += ["--bind", f"{bind}:{settings.web_port}", "--graceful-timeout", "2", "--no-control-socket"]
    options += ["--chdir", str(CHECKOUT)]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *options, "seat_console.wsgi:app"])


@main.group()
def account() -> None:
    """Make accounts and give new passwords."""


@account.command("create")
@click.argument("login")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(["seat", "supervisor", "admin"]), required=True)
@click.option("--seat", help="seat01 … seat50, for the role seat")
@one_sentence
def account_create(login: str, name: str, role: str, seat: str | None) -> None:
    """Make an account; prints its one-time password."""
    from hotline import bootstrap
    from hotline.services import accounts

    hotline = bootstrap.open_hotline(Settings.from_env())
    with hotline.storage.writing() as tx:
        new = accounts.create(tx, hotline.passwords, login=login, name=name, role=role, seat=seat)
    click.echo(f"{new.login}  one-time password: {new.password}")


@account.command("reset")
@click.argument("login")
@one_sentence
def account_reset(login: str) -> None:
    """Give LOGIN a new one-time password and end its sessions."""
    from hotline import bootstrap
    from hotline.domain.errors import NotFound
    from hotline.services import accounts

    hotline = bootstrap.open_hotline(Settings.from_env())
    with hotline.storage.writing() as tx:
        found = tx.accounts.by_login(login)
        if found is None:
            raise NotFound(f"there is no account {login[:32]!r}")
        new = accounts.reset_password(tx, hotline.passwords, found.id)
    click.echo(f"{new.login}  one-time password: {new.password}")


def _add_others() -> None:
    from hotline.cli_api import api_key
    from hotline.cli_audit import audit
    from hotline.cli_bursts import bursts
    from hotline.cli_calendar import calendar
    from hotline.cli_call import call
    from hotline.cli_categoriser import categoriser
    from hotline.cli_model import model
    from hotline.cli_topics import topics

    main.add_command(audit)
    main.add_command(bursts)
    main.add_command(api_key)
    main.add_command(call)
    main.add_command(categoriser)
    main.add_command(model)
    main.add_command(topics)
    main.add_command(calendar)


_add_others()
