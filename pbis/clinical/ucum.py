"""What UCUM allows in a unit code beyond a spelling: annotations in braces, which stand for one."""

from __future__ import annotations

import re

UCUM = ("http://unitsofmeasure.org", "urn:oid:2.16.840.1.113883.6.8", "UCUM")
_ANNOTATION = re.compile(r"\{[!-z|~]*\}")


def without_annotations(code: str) -> str:
    """`{cells}/uL` as `/uL`; an annotation alone is no unit and stays."""
    plain = _ANNOTATION.sub("", code) if "{" in code else code
    return plain or code
