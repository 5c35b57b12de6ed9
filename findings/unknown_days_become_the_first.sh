#!/usr/bin/env bash
# A date whose day is unknown, UN-MAR-2026, is read as the first of March, and NA as this moment, by a parser that was told to insist on a day.
#
# Version: dateparser 1.5.0.
# Seen: without a list of languages the parser tries all it knows: UN is a one in Spanish, and NA, without its accent, now in Norwegian.
# UN-MAR-2026, 2026-03-UN and UN-UN-2026, the way in which case report forms write what is not known, are 2026-03-01, 2026-03-01 and
# 2026-01-01, and NA is the present time; STRICT_PARSING and REQUIRE_PARTS with day, month and year change nothing in that, though
# they refuse MAR-2026. UNK-MAR-2026 and UK-MAR-2026 are refused. With languages=["en"] all of these are refused.
# Expected instead: None, as for UNK-MAR-2026. Who reads dates of clinical data with it gives the languages.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check dateparser==1.5.0
venv/bin/python -W ignore - <<'PYTHON'
from datetime import datetime, timedelta

import dateparser

INSIST = {"STRICT_PARSING": True, "REQUIRE_PARTS": ["day", "month", "year"]}
texts = ("UN-MAR-2026", "2026-03-UN", "UN-UN-2026", "NA", "UNK-MAR-2026", "UK-MAR-2026", "MAR-2026")
asked = datetime.now()
read = {text: dateparser.parse(text, settings=INSIST) for text in texts}
english = {text: dateparser.parse(text, languages=["en"], settings=INSIST) for text in texts}
for text in texts:
    print(f"{text:14} {read[text]}; as English {english[text]}")
assert read["UN-MAR-2026"] == read["2026-03-UN"] == datetime(2026, 3, 1), "it is refused now"
assert read["UN-UN-2026"] == datetime(2026, 1, 1)
assert abs(read["NA"] - asked) < timedelta(minutes=5)
assert not any(read[text] for text in ("UNK-MAR-2026", "UK-MAR-2026", "MAR-2026"))
assert not any(english.values())
PYTHON
