"""The configuration Asterisk is started with: complete, private, repeatable, and never made of wrong values."""

import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from hotline.domain.errors import Invalid, Unavailable
from hotline.domain.queues import QUEUES
from hotline.secrets import ensure_secrets, sip_secret
from hotline.settings import Settings
from hotline.telephony.queue_names import LINE, from_pbx, to_pbx
from hotline.telephony.render import TEMPLATES, AsteriskPaths, read_lines, render


@pytest.fixture
def paths(tmp_path: Path) -> AsteriskPaths:
    paths = AsteriskPaths(modules_dir=tmp_path / "modules", data_dir=tmp_path / "data")
    for folder in (paths.modules_dir, paths.data_dir / "documentation"):
        folder.mkdir(parents=True)
    return paths


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings.from_env(
        {
            "HOTLINE_RUNTIME_DIR": str(tmp_path / "run"),
            "HOTLINE_TRUNK_PEERS": "127.0.0.2,10.1.2.3",
            "HOTLINE_AMI_PORT": "9999",
        }
    )
    ensure_secrets(settings.secrets_dir)
    return settings


def section(text: str, name: str) -> str:
    """Everything under the headings of that name."""
    parts = re.split(r"^\[([^\]]+)\](?:\([^)]*\))?\s*$", text, flags=re.MULTILINE)
    return "\n".join(body for title, body in zip(parts[1::2], parts[2::2], strict=True) if title == name)


def test_every_template_is_rendered_for_its_owner_only(settings: Settings, paths: AsteriskPaths) -> None:
    conf = render(settings, paths)
    etc = conf.parent
    assert conf.name == "asterisk.conf"
    assert {p.name for p in etc.iterdir()} == {p.name for p in TEMPLATES.glob("*.conf")}
    root = settings.runtime_dir / "asterisk"
    for folder in (root, *(root / name for name in ("etc", "var", "spool", "run", "log"))):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in (
        *etc.iterdir(),
        root / "log/queue_log",
        root / "log/messages",
        root / "log/cdr-custom/hotline.csv",
    ):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert not [p for p in etc.iterdir() if "{{" in p.read_text() or "{%" in p.read_text()]


def test_rendering_again_changes_nothing_and_keeps_the_records(
    settings: Settings, paths: AsteriskPaths
) -> None:
    etc = render(settings, paths).parent
    before = {p.name: p.read_text() for p in etc.iterdir()}
    record = settings.runtime_dir / "asterisk/log/queue_log"
    record.write_text("1|2|3\n")
    render(settings, paths)
    assert {p.name: p.read_text() for p in etc.iterdir()} == before
    assert record.read_text() == "1|2|3\n"


def test_fifty_seats_each_with_its_own_secret(settings: Settings, paths: AsteriskPaths) -> None:
    pjsip = (render(settings, paths).parent / "pjsip.conf").read_text()
    secrets = {}
    for user in (*(f"seat{n:02d}" for n in range(1, 51)), *(f"sup{n:02d}" for n in range(1, 6))):
        found = re.findall(r"^password = (\S+)$", section(pjsip, user), re.MULTILINE)
        assert found == [sip_secret(settings.sip_secret_master, user)]
        secrets[user] = found[0]
    assert len(set(secrets.values())) == 55
    assert "seat51" not in pjsip


def test_the_trunk_is_known_by_its_addresses(settings: Settings, paths: AsteriskPaths) -> None:
    etc = render(settings, paths).parent
    assert re.findall(r"^match = (\S+)$", (etc / "pjsip.conf").read_text(), re.MULTILINE) == [
        "127.0.0.2",
        "10.1.2.3",
    ]
    assert "port = 9999" in (etc / "manager.conf").read_text()
    assert f"secret = {settings.ami_secret}" in (etc / "manager.conf").read_text()


def test_all_wait_in_one_line_and_every_queue_is_a_mark(settings: Settings, paths: AsteriskPaths) -> None:
    etc = render(settings, paths).parent
    assert re.findall(r"^\[(\w+)\]$", (etc / "queues.conf").read_text(), re.MULTILINE) == ["general", LINE]
    dialplan = (etc / "extensions.conf").read_text()
    assert f'"|{"|".join(QUEUES)}|"' in section(dialplan, "wait")
    assert f"Queue({LINE}," in section(dialplan, "wait")


def test_every_line_is_in_the_dialplan_with_its_hint(settings: Settings, paths: AsteriskPaths) -> None:
    dialplan = (render(settings, paths).parent / "extensions.conf").read_text()
    outside = section(dialplan, "from-outside")
    table = read_lines()
    assert re.findall(r"^exten => (\d+),1,Set\(HOTLINE_QUEUE=(\w+)\)$", outside, re.MULTILINE) == [
        (table["main"], "general"),
        *((line["number"], line["queue"]) for line in table["line"]),
    ]
    assert len(table["line"]) == 7


def test_nothing_that_asks_us_can_end_a_call(settings: Settings, paths: AsteriskPaths) -> None:
    dialplan = (render(settings, paths).parent / "extensions.conf").read_text()
    asks = re.findall(
        r"^.*\b(?:AGI|AudioSocket|Queue|MixMonitor|Read|Playback)\((?!q_).*$", dialplan, re.MULTILINE
    )
    asks = [line for line in asks if not line.lstrip().startswith(";") and "QueueLog" not in line]
    assert len(asks) >= 6
    assert [line for line in asks if "TryExec(" not in line] == []


def test_voices_are_apart_only_where_somebody_writes_them_down(
    settings: Settings, paths: AsteriskPaths
) -> None:
    for on in (True, False):
        told = replace(settings, transcribe=on)
        dialplan = (render(told, paths).parent / "extensions.conf").read_text()
        assert dialplan.count("MONITOR_OPTIONS") == on and "Set(MONITOR_FILENAME" in dialplan


def test_no_module_is_loaded_that_could_run_a_program(settings: Settings, paths: AsteriskPaths) -> None:
    modules = (render(settings, paths).parent / "modules.conf").read_text()
    for name in (
        "app_system",
        "func_shell",
        "app_originate",
        "res_pjsip_refer",
        "pbx_spool",
        "func_env",
        "res_ari",
    ):
        assert name not in modules
    assert "autoload = no" in modules


def test_the_newer_record_writer_is_used_where_it_is(settings: Settings, paths: AsteriskPaths) -> None:
    etc = render(settings, paths).parent
    assert "[mappings]" in (etc / "cdr_custom.conf").read_text()
    assert "res_cdrel_custom" not in (etc / "modules.conf").read_text()
    (paths.modules_dir / "res_cdrel_custom.so").touch()
    render(settings, paths)
    assert "[hotline.csv]" in (etc / "cdr_custom.conf").read_text()
    assert "load = res_cdrel_custom.so" in (etc / "modules.conf").read_text()


def test_opus_is_offered_where_there_is_a_codec_for_it(settings: Settings, paths: AsteriskPaths) -> None:
    etc = render(settings, paths).parent
    assert "allow = ulaw,alaw\n" in (etc / "pjsip.conf").read_text()
    (paths.modules_dir / "codec_opus_open_source.so").touch()
    render(settings, paths)
    assert "allow = opus,ulaw,alaw\n" in (etc / "pjsip.conf").read_text()
    assert "load = codec_opus_open_source.so" in (etc / "modules.conf").read_text()


def test_prompts_are_copied_and_gone_ones_removed(
    settings: Settings, paths: AsteriskPaths, tmp_path: Path
) -> None:
    ours = tmp_path / "recordings"
    (ours / "prompts").mkdir(parents=True)
    (ours / "moh").mkdir()
    (ours / "prompts/greeting.wav").write_bytes(b"one")
    render(settings, paths, ours)
    sounds = settings.runtime_dir / "asterisk/var/sounds/hotline"
    assert (sounds / "greeting.wav").read_bytes() == b"one"
    (ours / "prompts/greeting.wav").rename(ours / "prompts/beep.wav")
    render(settings, paths, ours)
    assert [p.name for p in sounds.iterdir()] == ["beep.wav"]


@pytest.mark.parametrize("name", ["a;b", "a,b", "a{b", "a$b", 'a"b', "a\nb", "a\\b", "x" * 120])
def test_a_folder_asterisk_cannot_be_told_of(tmp_path: Path, paths: AsteriskPaths, name: str) -> None:
    settings = Settings.from_env(
        {"HOTLINE_RUNTIME_DIR": str(tmp_path / name), "HOTLINE_AMI_SECRET": "x" * 20}
    )
    with pytest.raises(Invalid):
        render(settings, paths)
    assert not (tmp_path / name).exists()


def test_asterisk_that_is_gone(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="modules are not in"):
        render(settings, AsteriskPaths(modules_dir=tmp_path / "none", data_dir=tmp_path))


def test_a_disk_that_refuses_is_one_sentence(settings: Settings, paths: AsteriskPaths) -> None:
    (settings.runtime_dir / "asterisk").write_text("a file where a folder should be")
    with pytest.raises(Unavailable, match="cannot write Asterisk's configuration: "):
        render(settings, paths)


GOOD = '[[line]]\nnumber = "12328"\nname = "x"\nname_en = "x"\nqueue = "general"\n'


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("main = 12341", "12341 is not a number"),
        ("", "None is not a number"),
        ('main = "1234a"', "'1234a' is not a number"),
        ('main = "１２３４１"', "is not a number"),
        ('main = "12328"\n' + GOOD, "12328 is there twice"),
        (
            'main = "12341"\n' + GOOD.replace("general", "nowhere"),
            "line 12328: queue must be one of general,",
        ),
        ('main = "12341"\n' + GOOD.replace('name = "x"', 'name = "a\\nb"'), "line 12328: name must be"),
        ('main = "12341"\n' + GOOD.replace('name_en = "x"', 'name_en = ""'), "line 12328: name_en must be"),
        ('main = "12341"\n' + GOOD.replace('name = "x"\n', ""), "line 12328: name must be"),
        ('main = "12341"\nline = "x"', "a line is written"),
        ('main = "12341"\nline = [1]', "a line is written"),
        ("main = ", "Invalid value"),
    ],
)
def test_a_wrong_table_of_lines_is_one_sentence(tmp_path: Path, table: str, line: str) -> None:
    path = tmp_path / "lines.toml"
    path.write_text(table, encoding="utf-8")
    with pytest.raises(Invalid, match=f"lines.toml: .*{re.escape(line)}"):
        read_lines(path)


def test_queue_names_go_there_and_back() -> None:
    for queue in QUEUES:
        assert from_pbx(to_pbx(queue)) == queue
    for name in ("general", "q_", "q_nowhere", "default", "", "Q_general", "q_q_general"):
        assert from_pbx(name) is None
