"""Gets each part: what is on PATH, else the distribution's package, else unpacked without root."""

from dataclasses import replace
from pathlib import Path

from hotline.setup import apt, install, parts, places, probe, unpack, wrappers
from hotline.setup.narrate import SetupFailed, step
from hotline.setup.parts import Part
from hotline.setup.recipes import Recipe


class Provider:
    """Finds or brings parts; keeps one package archive a suite so that lists are read once."""

    def __init__(self, machine: apt.Machine, known: dict[str, Part], renew: bool = False) -> None:
        self.machine = machine
        self.renew = renew
        self.found = dict(known)
        self._archives: dict[str, apt.Archive] = {}

    def provide(self, recipes: tuple[Recipe, ...]) -> dict[str, Part]:
        """Every part asked for; those already found under the same recipe cost nothing."""
        missing = [recipe for recipe in recipes if not self._still_there(recipe)]
        missing = [recipe for recipe in missing if not self._take(recipe, "path")]
        if missing and apt.may_install():
            self._install(missing)
            missing = [recipe for recipe in missing if not self._take(recipe, "distribution")]
        for recipe in missing:
            with step(_title(recipe)) as now:
                self.found[recipe.name] = self._unpacked(recipe)
                now.note = describe(self.found[recipe.name])
        parts.save(self.found)
        return self.found

    def archive(self, suite: str = "") -> apt.Archive:
        return self._archives.setdefault(suite, apt.Archive(places.cache_dir() / "apt", self.machine, suite))

    def _still_there(self, recipe: Recipe) -> bool:
        part = self.found.get(recipe.name)
        return part is not None and part.recipe == recipe.key and part.is_there()

    def _take(self, recipe: Recipe, source: str) -> bool:
        hit = probe.on_machine(recipe)
        if hit is None:
            return False
        executable, version = hit
        extra = dict(probe.folders(recipe, Path("/")) or {})
        if recipe.siblings:
            extra["bin_dir"] = str(executable.resolve().parent)
        part = Part(
            name=recipe.name,
            version=version,
            source=source,
            executable=str(executable),
            recipe=recipe.key,
            extra=extra,
        )
        self.found[recipe.name] = self._with_fonts(part)
        with step(_title(recipe)) as now:
            now.note = describe(part)
        return True

    def _install(self, missing: list[Recipe]) -> None:
        """A package that cannot be installed is no failure: it is unpacked instead."""
        names = [recipe.package for recipe in missing]
        try:
            with step(f"Distribution's packages for {', '.join(recipe.name for recipe in missing)}"):
                install.packages(names)
        except SetupFailed as failure:
            print(f"     {failure} Unpacking instead.")

    def _unpacked(self, recipe: Recipe) -> Part:
        suite = recipe.suite if self.machine.distribution == "debian" else ""
        release = suite or self.machine.release or "own"
        root = unpack.tree(
            places.cache_dir() / "parts" / f"{release}-{recipe.key}",
            lambda: self.archive(suite).fetch((recipe.package,)),
            self.renew,
        )
        executable = probe.first_match(root, recipe.inside)
        folders = probe.folders(recipe, root)
        if executable is None or folders is None:
            raise SetupFailed(
                f"The package {recipe.package} of {release} does not hold what the hotline needs of it."
            )
        if not recipe.commands:
            return Part(
                name=recipe.name,
                version="present",
                source="unpacked",
                executable=str(executable),
                recipe=recipe.key,
            )
        return self._wrapped(recipe, root, executable, folders, foreign=bool(suite))

    def _wrapped(
        self, recipe: Recipe, root: Path, executable: Path, extra: dict[str, str], foreign: bool
    ) -> Part:
        exports = [
            f"export {variable}='{hit.parent}'"
            for variable, pattern in recipe.environment
            if (hit := probe.first_match(root, pattern))
        ]
        start = wrappers.write(recipe.name, exports + wrappers.start_lines(executable, root, foreign))
        if recipe.siblings:
            for program in executable.parent.iterdir():
                beside = f"{recipe.name}-bin/{program.name}"
                extra["bin_dir"] = str(
                    wrappers.write(beside, wrappers.start_lines(program, root, foreign)).parent
                )
        version = probe.version_of(start, recipe.version_args)
        if version is None or not probe.new_enough(version, recipe.minimum):
            least = ".".join(map(str, recipe.minimum))
            raise SetupFailed(f"{recipe.name} was unpacked to {root} and does not start as {least} or newer.")
        part = Part(
            name=recipe.name,
            version=version,
            source="unpacked",
            executable=str(start),
            recipe=recipe.key,
            extra=extra,
        )
        return self._with_fonts(part)

    def _with_fonts(self, part: Part) -> Part:
        """A browser sees unpacked fonts only when fontconfig is told of them."""
        fonts = self.found.get("fonts")
        if part.name != "chromium" or fonts is None or fonts.source != "unpacked":
            return part
        inner = Path(part.executable)
        conf = wrappers.fonts_conf(Path(fonts.executable).parent)
        script = wrappers.write(
            "chromium-with-fonts", [f"export FONTCONFIG_FILE='{conf}'", f"exec '{inner}' \"$@\""]
        )
        return replace(part, executable=str(script))


def describe(part: Part) -> str:
    where = {"path": "on this machine", "distribution": "the distribution's package", "unpacked": "unpacked"}
    return f"{part.version}, {where[part.source]}"


def _title(recipe: Recipe) -> str:
    return {"asterisk": "Asterisk", "redis": "Redis", "sipp": "SIPp", "postgres": "PostgreSQL"}.get(
        recipe.name, recipe.name.capitalize()
    )
