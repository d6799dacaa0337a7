"""Which parts the hotline needs, how each is recognised, and which Debian package holds it."""

from dataclasses import dataclass
from enum import StrEnum


class Use(StrEnum):
    """Who needs a part: everyone, or only the one who runs the tests."""

    RUN = "run"
    TESTS = "tests"


@dataclass(frozen=True)
class Folder:
    """A folder a part needs besides its executable: where its first file may lie, what else it holds."""

    key: str
    patterns: tuple[str, ...]
    must_hold: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to find a part on PATH, and how to bring it.

    `inside` is the executable's path in the unpacked package, `elsewhere` where an installed one hides from
    PATH; globs, both, under the file system's root or the unpacked tree. `suite` names another Debian release
    when the machine's own has no good enough package. Raise `edition` to have a part unpacked anew.
    """

    name: str
    commands: tuple[str, ...]
    package: str
    use: Use
    minimum: tuple[int, ...]
    inside: str
    version_args: tuple[str, ...] = ("--version",)
    elsewhere: str = ""
    folders: tuple[Folder, ...] = ()
    environment: tuple[
        tuple[str, str], ...
    ] = ()  # variable, glob in the unpacked tree: set to the match's folder
    siblings: bool = False  # the programs beside the executable are used too: `bin_dir` in the part
    suite: str = ""
    edition: int = 1

    @property
    def key(self) -> str:
        """Changes when what is asked for changes, so that an older find is not taken for it."""
        return f"{self.package}-{self.suite or 'own'}-{'.'.join(map(str, self.minimum))}-e{self.edition}"


_LIB_DIRS = ("usr/lib/*", "usr/lib", "usr/lib64", "usr/local/lib")
_ASTERISK_FOLDERS = (
    Folder(
        "modules_dir",
        tuple(f"{lib}/asterisk/modules/app_audiosocket.so" for lib in _LIB_DIRS),
        ("app_queue.so", "chan_pjsip.so", "res_agi.so", "res_pjsip_transport_websocket.so", "res_srtp.so"),
    ),
    Folder(
        "data_dir",
        tuple(f"{base}/asterisk/documentation" for base in ("usr/share", "var/lib", "usr/local/share")),
    ),
)

RECIPES: tuple[Recipe, ...] = (
    Recipe(
        name="asterisk",
        commands=("asterisk",),
        package="asterisk",
        use=Use.RUN,
        minimum=(20,),
        version_args=("-V",),
        inside="usr/sbin/asterisk",
        folders=_ASTERISK_FOLDERS,
        suite="testing",
    ),
    Recipe(
        name="redis",
        commands=("redis-server",),
        package="redis-server",
        use=Use.RUN,
        minimum=(6,),
        inside="usr/bin/redis-server",
    ),
    Recipe(
        name="espeak",
        commands=("espeak-ng",),
        package="espeak-ng",
        use=Use.RUN,
        minimum=(1, 49),
        inside="usr/bin/espeak-ng",
        environment=(("ESPEAK_DATA_PATH", "usr/lib/*/espeak-ng-data"),),
    ),
    Recipe(
        name="sipp",
        commands=("sipp",),
        package="sip-tester",
        use=Use.TESTS,
        minimum=(3, 6),
        version_args=("-v",),
        inside="usr/bin/sipp",
    ),
    Recipe(
        name="libatomic",  # Playwright's driver needs it, and a small Debian does not have it
        commands=(),
        package="libatomic1",
        use=Use.TESTS,
        minimum=(),
        inside="usr/lib/*/libatomic.so.1",
        elsewhere="usr/lib/*/libatomic.so.1",
    ),
    Recipe(
        name="fonts",
        commands=(),
        package="fonts-noto-cjk",
        use=Use.RUN,  # the notices are printed with it
        minimum=(),
        inside="usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        elsewhere="usr/share/fonts/**/Noto*CJK*-Regular.*",
    ),
    Recipe(
        name="chromium",
        # Chromium without its own windows first: a page opens for less than half of the work.
        commands=("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"),
        package="chromium-headless-shell",
        use=Use.TESTS,
        minimum=(110,),
        inside="usr/lib/chromium/chromium-headless-shell",
    ),
    Recipe(
        name="postgres",
        commands=("postgres",),
        package="postgresql",
        use=Use.TESTS,
        minimum=(13,),
        inside="usr/lib/postgresql/*/bin/postgres",
        elsewhere="usr/lib/postgresql/*/bin/postgres",
        siblings=True,
    ),
)


def wanted(with_tests: bool) -> tuple[Recipe, ...]:
    return tuple(recipe for recipe in RECIPES if with_tests or recipe.use is Use.RUN)
