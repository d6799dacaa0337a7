"""Brings the vendored browser modules again from npm, by package name and version, and lists their hashes.

Run `python -m seat_console.vendor` (needs npm): it rewrites `static/vendor/` from the versions in
`vendor.json`. Pass `name@version` to take another version of a package in the list. A user never needs it.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "static" / "vendor"
LIST = FOLDER / "vendor.json"
NPM_TIMEOUT_S = 300


def read_list() -> dict[str, Any]:
    """The list as it stands: `bundler` and `modules`."""
    listing: dict[str, Any] = json.loads(LIST.read_text(encoding="utf-8"))
    return listing


def sha256(path: Path) -> str:
    """Hash of a vendored file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def changed_files() -> list[str]:
    """Names in the list whose file is missing or not the one that was listed."""
    return [
        module["file"]
        for module in read_list()["modules"]
        if not (FOLDER / module["file"]).is_file() or sha256(FOLDER / module["file"]) != module["sha256"]
    ]


def main(wanted: list[str]) -> None:
    """Fetch, build and list all modules."""
    listing = read_list()
    newer = dict(item.rsplit("@", 1) for item in wanted)
    packages = [listing["bundler"], *listing["modules"]]
    for package in packages:
        package["version"] = newer.get(package["package"], package["version"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _install(folder, packages)
        for module in listing["modules"]:
            _bring(folder, module)
        _write_licences(folder)
    LIST.write_text(json.dumps(listing, indent=2) + "\n", encoding="utf-8")


def _install(folder: Path, packages: list[dict[str, Any]]) -> None:
    names = [f"{package['package']}@{package['version']}" for package in packages]
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    subprocess.run(
        ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder), *names],
        check=True,
        timeout=NPM_TIMEOUT_S,
    )


def _bring(folder: Path, module: dict[str, Any]) -> None:
    target = FOLDER / module["file"]
    package = folder / "node_modules" / module["package"]
    if "copied_from" in module:
        target.write_bytes((package / module["copied_from"]).read_bytes())
    else:
        entry = folder / "entry.js"
        entry.write_text(f"export {{ default }} from '{module['package']}';\n", encoding="utf-8")
        command = [str(folder / "node_modules/.bin/esbuild"), str(entry), "--bundle", "--format=esm"]
        command += ["--platform=browser", "--target=es2022", "--minify", f"--outfile={target}"]
        subprocess.run(command, check=True, timeout=NPM_TIMEOUT_S)
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    module["licence"] = about["license"]
    module["sha256"] = sha256(target)


def _write_licences(folder: Path) -> None:
    """One text with the licence of everything that is inside the vendored files."""
    parts = []
    for about_path in sorted(folder.glob("node_modules/**/package.json")):
        about = json.loads(about_path.read_text(encoding="utf-8"))
        texts = sorted(path for path in about_path.parent.glob("LICEN[SC]E*") if path.is_file())
        if not texts or "esbuild" in str(about.get("name")) or "version" not in about:
            continue
        body = texts[0].read_text(encoding="utf-8", errors="replace").strip()
        parts.append(f"{about['name']} {about['version']} ({about.get('license', 'see below')})\n\n{body}\n")
    (FOLDER / "LICENCES.txt").write_text(f"\n{'-' * 72}\n\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
