"""Installs the distribution's own packages where we are root, without letting them start a service."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import which

from hotline.setup import commands

_SERVICES = ("redis-server", "asterisk", "postgresql")
_OPTIONS = ("-o", "DPkg::Lock::Timeout=60", "-o", "Dpkg::Options::=--force-unsafe-io")
_QUIET = {
    # Asked by every package's install script; 101 means "do not start".
    Path("/usr/sbin/policy-rc.d"): "#!/bin/sh\nexit 101\n",
    # The tests make their own clusters; one in /var/lib would only be in the way.
    Path("/etc/postgresql-common/createcluster.d/hotline.conf"): "create_main_cluster = false\n",
}


def packages(names: list[str]) -> None:
    """Installs them in one go; services that came with them are neither started now nor at the next boot."""
    commands.run(["apt-get", "-q", "update"], doing="Reading the package lists", limit_s=120, tries=2)
    names = [name for name in names if has_candidate(name)]
    if not names:
        return
    present = {service for service in _SERVICES if _unit_is_there(service)}
    with quiet(_QUIET):
        commands.run(
            ["apt-get", "-q", *_OPTIONS, "install", "--yes", "--no-install-recommends", *names],
            doing=f"Installing {' '.join(names)}",
            limit_s=600,
            tries=2,
        )
    for service in _SERVICES:
        if service not in present and _unit_is_there(service) and which("systemctl"):
            commands.run(["systemctl", "disable", service], doing=f"Disabling {service}", limit_s=30)


def has_candidate(package: str) -> bool:
    policy = commands.run(["apt-cache", "policy", package], doing="Asking for packages", limit_s=30)
    return "Candidate:" in policy and "Candidate: (none)" not in policy


@contextmanager
def quiet(files: dict[Path, str]) -> Iterator[None]:
    """Puts files in place for the time of the installation; one that is there already is left as it is."""
    with ExitStack() as cleanup:
        for path, text in files.items():
            if path.exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755)
            cleanup.callback(path.unlink, missing_ok=True)
        yield


def _unit_is_there(service: str) -> bool:
    return any(
        (Path(base) / f"{service}.service").exists()
        for base in ("/lib/systemd/system", "/etc/systemd/system")
    )
