"""Settings: defaults, and every wrong key named at once."""

from pathlib import Path

import pytest

from hotline.domain.errors import Invalid, Unavailable
from hotline.secrets import NAMES, ensure_secrets, read_secret, sip_secret
from hotline.settings import Settings


def test_defaults_are_loopback_and_without_secrets() -> None:
    settings = Settings.from_env({})
    assert (settings.web_host, settings.sip_host, settings.demo) == ("127.0.0.1", "127.0.0.1", False)
    assert settings.database_url == f"sqlite:///{settings.runtime_dir}/hotline.db"
    assert settings.topics_file.is_file()
    assert settings.places_file.is_file()
    assert "secret" not in repr(settings)


def test_all_wrong_keys_are_reported_at_once() -> None:
    env = {
        "HOTLINE_WEB_PORT": "eighty",
        "HOTLINE_AMI_PORT": "70000",
        "HOTLINE_AGI_PORT": "-1",
        "HOTLINE_DEMO": "perhaps",
        "HOTLINE_WEB_HOST": "example.org; rm -rf /",
        "HOTLINE_TRUNK_PEERS": "127.0.0.2, nowhere",
        "HOTLINE_DATABASE_URL": "mysql://x",
        "HOTLINE_LISTEN_CAP_S": "9" * 5000,
        "HOTLINE_SPEECH_STREAMS": "٣",
        "HOTLINE_RUNTIME_DIR": "a\x00b",
    }
    with pytest.raises(Invalid) as caught:
        Settings.from_env(env)
    assert all(key in str(caught.value) for key in env)
    assert "\n" not in str(caught.value)


def test_two_keys_cannot_have_one_port() -> None:
    with pytest.raises(Invalid, match="HOTLINE_AMI_PORT: 9000 is already HOTLINE_WEB_PORT's port"):
        Settings.from_env({"HOTLINE_WEB_PORT": "9000", "HOTLINE_AMI_PORT": "9000"})
    with pytest.raises(Invalid, match="RTP_END"):
        Settings.from_env({"HOTLINE_RTP_START": "19000"})


def test_the_trunk_is_not_where_the_seats_are() -> None:
    """Asterisk tells endpoints apart by address first: a seat would be taken for the trunk."""
    with pytest.raises(Invalid, match="seats call from there"):
        Settings.from_env({"HOTLINE_TRUNK_PEERS": "127.0.0.2,127.0.0.1"})


def test_an_empty_key_is_the_default() -> None:
    assert Settings.from_env({"HOTLINE_WEB_PORT": ""}).web_port == 8341


def test_postgres_addresses_name_their_driver() -> None:
    url = Settings.from_env({"HOTLINE_DATABASE_URL": "postgresql://u@127.0.0.1/db"}).database_url
    assert url == "postgresql+psycopg://u@127.0.0.1/db"


def test_secrets_are_made_once_and_only_for_the_owner(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    ensure_secrets(folder)
    first = {name: read_secret(name, folder) for name in NAMES}
    ensure_secrets(folder)
    assert {name: read_secret(name, folder) for name in NAMES} == first
    assert len(set(first.values())) == len(NAMES)
    assert {p.stat().st_mode & 0o777 for p in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_secret_can_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match="hotline run"):
        read_secret("ami", tmp_path)
    (tmp_path / "mine").write_text("a secret from a file\n")
    monkeypatch.setenv("HOTLINE_AMI_SECRET_FILE", str(tmp_path / "mine"))
    assert read_secret("ami", tmp_path) == "a secret from a file"
    monkeypatch.setenv("HOTLINE_AMI_SECRET", "short")
    with pytest.raises(Invalid, match="16 characters") as caught:
        read_secret("ami", tmp_path)
    assert "short" not in str(caught.value).replace("at least", "")


def test_each_seat_has_its_own_secret() -> None:
    secrets = {sip_secret("master", f"seat{n:02d}") for n in range(1, 51)}
    assert len(secrets) == 50
    assert all(len(s) == 32 for s in secrets)
    assert sip_secret("master", "seat01") != sip_secret("other", "seat01")


def test_working_days_of_each_kind() -> None:
    limits = Settings.from_env({"HOTLINE_DAYS_SUGGESTION": "10"}).time_limits
    assert dict(limits) == {"consultation": 3, "complaint": 5, "suggestion": 10, "help": 5}
    with pytest.raises(Invalid, match="HOTLINE_DAYS_HELP: must be a whole number"):
        Settings.from_env({"HOTLINE_DAYS_HELP": "0"})


def test_mails_are_off_until_a_server_and_a_sender_are_named() -> None:
    assert Settings.from_env({}).smtp_host == ""
    on = {"HOTLINE_SMTP_HOST": "mail.city.example", "HOTLINE_SMTP_FROM": "hotline@city.example"}
    settings = Settings.from_env(on | {"HOTLINE_PUBLIC_URL": "https://hotline.city.example"})
    assert (settings.smtp_port, settings.smtp_security) == (25, "starttls")
    assert settings.softphone_url == "wss://hotline.city.example/ws"
    alone = Settings.from_env({"HOTLINE_WEB_PORT": "9000", "HOTLINE_PBX_HTTP_PORT": "9001"})
    assert (alone.public_url, alone.softphone_url) == ("http://127.0.0.1:9000", "ws://127.0.0.1:9001/ws")
    wrong = {
        "HOTLINE_SMTP_HOST": "mail city",
        "HOTLINE_SMTP_FROM": "a@b, c@d",
        "HOTLINE_SMTP_SECURITY": "maybe",
        "HOTLINE_PUBLIC_URL": "javascript:alert(1)",
    }
    with pytest.raises(Invalid) as caught:
        Settings.from_env(wrong)
    assert all(key in str(caught.value) for key in wrong)
    with pytest.raises(Invalid, match="HOTLINE_SMTP_FROM: is needed"):
        Settings.from_env({"HOTLINE_SMTP_HOST": "mail.city.example"})
