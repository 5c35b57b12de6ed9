"""Encodings of text that a site may declare for its tables, by the names that programs of laboratories call them.

Source: the names of IANA's registry and of Windows; where a standard set has a superset that programs write under its name, the
superset (Windows code page 949 for KS C 5601, 932 for Shift JIS, GB 18030 for GBK).
"""

from __future__ import annotations

_NAMES = {
    "utf-8": "utf-8 utf8",
    "cp949": "cp949 euc-kr ks-c-5601-1987 ks-x-1001 uhc windows-949",
    "cp932": "shift-jis sjis cp932 ms932 windows-31j",
    "euc_jp": "euc-jp",
    "iso2022_jp": "iso-2022-jp",
    "gb18030": "gb18030 gbk gb2312 cp936 windows-936",
    "cp950": "big5 cp950 windows-950",
    "big5hkscs": "big5-hkscs",
    "koi8_r": "koi8-r",
    "koi8_u": "koi8-u",
    "mac_roman": "mac-roman macintosh",
}
_NAMES |= {f"cp{page}": f"cp{page} windows-{page}" for page in range(1250, 1259)}
_NAMES |= {f"cp{page}": f"cp{page} ibm{page}" for page in (437, 850, 852, 855, 857, 866)}
_NAMES |= {
    f"iso8859-{part}": f"iso-8859-{part} iso8859-{part} latin-{part}" for part in (*range(1, 11), 13, 14, 15, 16)
}
_CODECS = {name: codec for codec, names in _NAMES.items() for name in names.split()}
_CODECS |= {
    f"latin-{number}": f"iso8859-{part}" for number, part in ((5, 9), (6, 10), (7, 13), (8, 14), (9, 15), (10, 16))
}


def codec_of(name: str) -> str | None:
    """Python's codec of an encoding's name; None where the table has none."""
    return _CODECS.get(name.strip().casefold().replace("_", "-").replace(" ", "-"))


def encoding_names() -> tuple[str, ...]:
    """Every name of the table."""
    return tuple(_CODECS)
