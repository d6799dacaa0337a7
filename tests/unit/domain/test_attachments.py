"""What a file that a unit sends may be called, whatever it was called before."""

import pytest

from hotline.domain.attachments import EXECUTABLE, INLINE, KINDS, clean_name, is_executable_name

PDF = "application/pdf"


@pytest.mark.parametrize(
    ("raw", "kind", "name"),
    [
        ("现场照片.JPG", "image/jpeg", "现场照片.jpg"),
        ("report.pdf", PDF, "report.pdf"),
        ("../../x", PDF, "x.pdf"),
        ("..\\..\\windows\\x.pdf", PDF, "x.pdf"),
        ("/etc/passwd", PDF, "passwd.pdf"),
        ("photo.png", "image/jpeg", "photo.png.jpg"),
        ("x.exe", PDF, "x.exe.pdf"),
        ("", PDF, "附件.pdf"),
        ("...", PDF, "附件.pdf"),
        (".pdf", PDF, "pdf.pdf"),
        ("a\u202egnp.pdf", PDF, "agnp.pdf"),
        ("a\r\nSet-Cookie: x.pdf", PDF, "aSet-Cookie x.pdf"),
        ('a"b<c>|?*:.pdf', PDF, "abc.pdf"),
        ("x\x00y.pdf", PDF, "xy.pdf"),
        ("e\u0301te\u0301.pdf", PDF, "été.pdf"),
        ("  many   spaces .pdf", PDF, "many spaces.pdf"),
    ],
)
def test_a_name_is_made_safe_and_says_what_the_file_is(raw: str, kind: str, name: str) -> None:
    assert clean_name(raw, kind) == name


def test_a_long_name_keeps_its_ending() -> None:
    name = clean_name("长" * 500 + ".docx", next(kind for kind in KINDS if "wordprocessing" in kind))
    assert len(name) == 100 and name.endswith("长.docx")


@pytest.mark.parametrize("name", ["a.exe", "A.EXE", "photo.jpg.bat", "x.apk", "x.docm", "x.html", "x.exe "])
def test_a_program_is_known_by_its_name(name: str) -> None:
    assert is_executable_name(name)


@pytest.mark.parametrize("name", ["exe", "photo.jpg", "a.exe.jpg", "report.docx", ""])
def test_other_names_are_no_programs(name: str) -> None:
    assert not is_executable_name(name)


def test_nothing_that_runs_is_accepted_or_shown() -> None:
    assert not EXECUTABLE & {ending for endings in KINDS.values() for ending in endings}
    assert set(KINDS) > INLINE
    assert not any("html" in kind or "svg" in kind or "xml" in kind.partition("+")[2] for kind in INLINE)
