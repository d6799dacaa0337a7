"""Small files of every kind, right ones and wicked ones."""

import io
import struct
import zipfile
import zlib


def png(width: int = 1) -> bytes:
    """A white picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\x00" + b"\xff" * 3 * width for _ in range(width))
    head = struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def packed(*names: str) -> bytes:
    """A ZIP with these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
DOCX = packed("[Content_Types].xml", "_rels/.rels", "word/document.xml")
XLSX = packed("_rels/.rels", "xl/workbook.xml", "[Content_Types].xml")
MACROS = packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
PROGRAM = b"MZ\x90\x00" + b"\x00" * 200
ELF = b"\x7fELF\x02\x01\x01" + b"\x00" * 200
SCRIPT = b"#!/bin/sh\nrm -rf /\n"
PAGE = b"<!doctype html><script>alert(1)</script>"
PICTURE_THAT_RUNS = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
