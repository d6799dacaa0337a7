"""Downloads Debian packages without root: apt with private lists and cache, the machine's servers, keys."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from hotline.setup import commands
from hotline.setup.narrate import SetupFailed

DEBIAN_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_MACHINE_STATUS = Path("/var/lib/dpkg/status")
_UPDATE_LIMIT_S = 120.0
_DOWNLOAD_LIMIT_S = 600.0


@dataclass(frozen=True)
class Machine:
    """What os-release says: the distribution ("debian") and the code name of its release ("bookworm")."""

    distribution: str
    release: str

    @classmethod
    def read(cls, os_release: Path = Path("/etc/os-release")) -> "Machine":
        try:
            lines = os_release.read_text(encoding="utf-8").splitlines()
        except OSError:
            lines = []
        pairs = dict(line.split("=", 1) for line in lines if "=" in line)
        return cls(pairs.get("ID", "").strip('"'), pairs.get("VERSION_CODENAME", "").strip('"'))


def available() -> bool:
    return all(shutil.which(tool) for tool in ("apt-get", "dpkg", "dpkg-deb"))


def may_install() -> bool:
    """Root installs packages unless `HOTLINE_INSTALL=no` forbids it."""
    return os.geteuid() == 0 and available() and os.environ.get("HOTLINE_INSTALL", "yes") != "no"


def mirror(machine: Machine) -> str:
    """The address the machine fetches its own release from; never written down anywhere."""
    listing = commands.run(
        [
            "apt-get",
            "indextargets",
            "--no-release-info",
            "--format",
            "$(RELEASE) $(REPO_URI)",
            "Created-By: Packages",
        ],
        doing="Reading this machine's package sources",
        limit_s=30,
    )
    return choose_mirror(listing, machine.release)


def choose_mirror(listing: str, release: str) -> str:
    """The first network address that serves the release itself (not its security or backports suite)."""
    names = {release, "stable", "testing", "sid", "unstable"} if release else {"testing", "sid", "unstable"}
    for line in listing.splitlines():
        suite, _, address = line.strip().partition(" ")
        if suite in names and re.match(r"(https?|ftp|mirror(\+\w+)?|tor\+https?)://", address):
            return address
    raise SetupFailed(
        "This machine's apt knows no Debian server: put one into /etc/apt/sources.list and run again."
    )


class Archive:
    """One suite's packages, fetched into a folder of our own."""

    def __init__(self, folder: Path, machine: Machine, suite: str = "") -> None:
        self.folder = folder / (suite or machine.release or "own")
        self.machine = machine
        self.suite = suite
        self._updated = False

    def fetch(self, packages: tuple[str, ...]) -> list[Path]:
        """Downloads the packages and what they need that is not there; apt checks every signature and hash.

        A foreign suite is fetched with everything down to the C library, as nothing of this machine's may be
        mixed with it. The machine's own suite brings only what is missing here.
        """
        self._prepare()
        self._update()
        archives = (
            self.folder / "cache" / "-".join(packages)
        )  # of their own: another part's do not belong there
        (archives / "partial").mkdir(parents=True, exist_ok=True)
        apt = [*self._apt(), "-o", f"Dir::Cache::archives={archives}/"]
        doing = f"Downloading {' '.join(packages)}"
        commands.run([*apt, "autoclean"], doing=doing, limit_s=60)  # what is left of an older release of them
        commands.run(
            [*apt, "install", "--yes", "--download-only", "--no-install-recommends", *packages],
            doing=doing,
            limit_s=_DOWNLOAD_LIMIT_S,
            tries=3,
        )
        return sorted(archives.glob("*.deb"))

    def _prepare(self) -> None:
        if not available():
            raise SetupFailed(
                "There is no apt-get here: install what is missing yourself and put it on PATH."
            )
        for name in ("lists/partial", "cache"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        # A copy, since apt locks the folder in which the list of installed packages lies.
        status = self.folder / "status"
        status.write_bytes(b"" if self.suite else _MACHINE_STATUS.read_bytes())
        if self.suite:
            if not DEBIAN_KEYRING.exists():
                raise SetupFailed(f"{DEBIAN_KEYRING} is missing: install the package debian-archive-keyring.")
            source = f"deb [signed-by={DEBIAN_KEYRING}] {mirror(self.machine)} {self.suite} main\n"
            (self.folder / "sources.list").write_text(source, encoding="utf-8")

    def _update(self) -> None:
        if self._updated:
            return
        strict = ["--error-on=any"] if self.suite else []
        # apt tries each file again by itself; a server that is not there should be said soon.
        commands.run(
            [*self._apt(), "update", *strict], doing="Reading Debian's package lists", limit_s=_UPDATE_LIMIT_S
        )
        self._updated = True

    def _apt(self) -> list[str]:
        options = {
            "Dir::State": str(self.folder),
            "Dir::State::lists": str(self.folder / "lists"),
            "Dir::State::status": str(self.folder / "status"),
            "Dir::Cache": str(self.folder / "cache"),
            "APT::Sandbox::User": "",
            "APT::Get::AllowUnauthenticated": "false",
            "Acquire::AllowInsecureRepositories": "false",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "Acquire::http::Timeout": "20",
            "Acquire::https::Timeout": "20",
        }
        if self.suite:
            nothing = "/dev/null"
            options |= {
                "Dir::Etc::sourcelist": str(self.folder / "sources.list"),
                "Dir::Etc::sourceparts": nothing,
                "Dir::Etc::preferences": nothing,
                "Dir::Etc::preferencesparts": nothing,
            }
        return [
            "apt-get",
            "-q",
            *(word for key, value in options.items() for word in ("-o", f"{key}={value}")),
        ]
