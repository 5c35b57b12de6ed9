"""The text of a file of HL7 v2 by the character set that MSH-18 declares; without one, by the encoding that the site's labs map
declares, else what can be read without knowing it.

Source: HL7 table 0211. In the East Asian sets a second byte may look like a separator, so the set comes before the splitting.
"""

from __future__ import annotations

import re

from pbis.clinical.extract import decode
from pbis.core.errors import MalformedFile

# 8859/1 is not here: many who declare it write Windows-1252, which reads it as well.
CHARACTER_SETS = {
    "KS X 1001": "cp949", "EUC-KR": "cp949", "CP949": "cp949",
    "ISO IR87": "iso2022_jp", "SHIFT_JIS": "cp932", "SJIS": "cp932",
    "GB 18030-2000": "gb18030", "GB18030": "gb18030", "BIG-5": "big5",
    **{f"8859/{part}": f"iso8859-{part}" for part in (*range(2, 10), 15)},
}  # fmt: skip
HINT = "have the sender declare the character set in MSH-18, or send UTF-8"
_HEADER = re.compile(rb"(?:^|[\r\n])\x0b*(MSH\|[^\r\n]*)")
_LINE = re.compile(rb"[^\r\n]+")
_NAMES_IN = ((b"PID|", 5), (b"NTE|", 3))  # segments without results -> separators before the first text of a person
_HEX = re.compile(r"\\X((?:[0-9A-Fa-f]{2})+)\\")


def decode_hl7(data: bytes, name: str, site_encoding: str = "") -> tuple[str, str]:
    """Text and encoding; hexadecimal escapes of the declared set are their signs. site_encoding: of files without MSH-18.

    Raises MalformedFile with the line of what is no text in it, and where messages declare different sets.
    """
    is_utf8 = b"\x1b" not in data and _is_utf8(data)
    sets = _sets(data) if not is_utf8 or b"\\X" in data else set()
    if is_utf8:  # whatever MSH-18 says: a message that was set aside is written in UTF-8
        text, encoding = decode(data, name, few_nuls=True)
        return _unescaped(text, sets.pop() if len(sets) == 1 else ""), encoding
    if len(sets) > 1:
        found = ", ".join(sorted(sets))
        raise MalformedFile(
            "MSH-18 differs within the file", file=name, line=1, expected="one set", found=found, hint=HINT
        )
    if sets or site_encoding:
        encoding = sets.pop() if sets else site_encoding
        where = "of MSH-18" if not site_encoding or encoding != site_encoding else "that is declared"
        return _unescaped(_decoded(data, name, encoding, where), encoding), encoding
    try:
        return decode(data, name, few_nuls=True)
    except MalformedFile:
        if b"\x00" not in data and all(_is_only_names(line) for line in _LINE.findall(data)):
            return data.decode("latin-1"), "unknown"  # what is not ASCII stands in names, of which nothing is kept
        raise


def _sets(data: bytes) -> set[str]:
    """The codecs that the headers of the file declare."""
    return {found for found in map(_declared, _HEADER.findall(data)) if found}


def _declared(line: bytes) -> str:
    """The codec of a header's MSH-18 where this table has it; others are as decodable as they were."""
    fields = line.split(b"|")
    sets = fields[17].decode("latin-1").upper().split("~") if len(fields) > 17 else []
    return next((CHARACTER_SETS[each.strip()] for each in sets if each.strip() in CHARACTER_SETS), "")


def _unescaped(text: str, encoding: str) -> str:
    """The text with hexadecimal escapes that are signs beyond ASCII in the encoding; every other escape stays for its reader."""

    def sign(found: re.Match[str]) -> str:
        try:
            meant = bytes.fromhex(found[1]).decode(encoding)
        except UnicodeDecodeError:
            return found[0]
        return meant if meant.isprintable() and not any(each.isascii() for each in meant) else found[0]

    return _HEX.sub(sign, text) if encoding and "\\X" in text else text


def _decoded(data: bytes, name: str, encoding: str, where: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = 1 + len(re.findall(rb"\r\n|\r|\n", data[: error.start]))
        words = f"is not text in the character set {where}"
        raise MalformedFile(words, file=name, line=line, expected=encoding, hint=HINT) from None


def _is_utf8(data: bytes) -> bool:
    try:
        return data.isascii() or bool(data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _is_only_names(line: bytes) -> bool:
    """Whether the line is ASCII up to where names begin, in a segment from which nothing after that is read."""
    if line.isascii():
        return True
    place = next((count for head, count in _NAMES_IN if line.startswith(head)), None)
    return place is not None and b"|".join(line.split(b"|")[:place]).isascii()
