"""The hour that writers put into the heads of files, replaced by the release's own: the same rows are the same bytes."""

from __future__ import annotations

import re
from datetime import datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SAV_AT = 92  # bytes of the head before the day and the hour of creation
_SAV_STAMP = re.compile(rb"\d\d [A-Z][a-z]{2} \d\d\d\d:\d\d:\d\d")
_DTA = re.compile(rb"(<timestamp>\x11)[^<]{17}(</timestamp>)")
_XPT_STAMP = re.compile(rb"\d\d[A-Z]{3}\d\d:\d\d:\d\d:\d\d")
_XPT_HEAD = 640  # bytes of a transport file before its list of variables: eight records of 80


def with_clock(data: bytes, form: str, at: datetime) -> bytes:
    """The same sav, dta or xpt file as if it had been written at that moment. ValueError where its head is of another shape."""
    month = _MONTHS[at.month - 1]
    if form == "sav":
        stamp = f"{at:%d} {month} {at:%y}{at:%H:%M:%S}".encode()
        head, count = _SAV_STAMP.subn(stamp, data[_SAV_AT : _SAV_AT + len(stamp)])
        made, wanted = data[:_SAV_AT] + head + data[_SAV_AT + len(stamp) :], 1
    elif form == "dta":
        made, count = _DTA.subn(rb"\g<1>" + f"{at:%d} {month} {at:%Y %H:%M}".encode() + rb"\g<2>", data, count=1)
        wanted = 1
    else:
        head, count = _XPT_STAMP.subn(f"{at:%d}{month.upper()}{at:%y:%H:%M:%S}".encode(), data[:_XPT_HEAD])
        made, wanted = head + data[_XPT_HEAD:], 4
    if count != wanted:
        raise ValueError(f"the head of a {form} file holds {count} times now, not {wanted}")
    return made
