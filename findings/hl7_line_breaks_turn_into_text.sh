#!/usr/bin/env bash
# A message of HL7 version 2 that is parsed and written again by one library has its line breaks turned into text; another keeps them.
#
# Versions: hl7apy 1.3.5, hl7 0.4.5.
# Seen: hl7apy knows the escapes for delimiters and for highlighting, and takes the backslashes of every other one for characters: \.br\ and
# \X0D\, which are a line break, are written as \E\.br\E\ and \E\X0D\E\, which a reader shows as the text ".br" or "X0D" between
# backslashes. It does so in formatted text (FT) too, to which \.br\ belongs. hl7 writes what it read, and reads both as a carriage return.
# Expected instead: a message that nobody changed is written as it came.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check hl7apy==1.3.5 hl7==0.4.5
venv/bin/python - <<'PYTHON'
import hl7
from hl7apy.parser import parse_message

TEXT = r"haemolysed\.br\repeat\X0D\5 \T\ 6"
SENT = "\r".join(
    (
        r"MSH|^~\&|LIS|LAB|CORE|LAB|20260302100435||ORU^R01^ORU_R01|1|P|2.5",
        "PID|1||S-1",
        "OBR|1|||CRP^CRP",
        f"OBX|1|FT|NOTE^note||{TEXT}||||||F",
    )
)


def note(message):
    return message.strip().split("\r")[-1].split("|")[5]


by_hl7apy, by_hl7 = note(parse_message(SENT).to_er7()), note(str(hl7.parse(SENT)))
read_again = hl7.parse(SENT).unescape(by_hl7apy)
print("sent         ", TEXT)
print("by hl7apy    ", by_hl7apy, "| read as", repr(read_again))
print("by hl7       ", by_hl7, "| read as", repr(hl7.parse(SENT).unescape(by_hl7)))
assert by_hl7 == TEXT and hl7.parse(SENT).unescape(by_hl7) == "haemolysed\rrepeat\r5 & 6"
assert by_hl7apy == r"haemolysed\E\.br\E\repeat\E\X0D\E\5 \T\ 6"
assert read_again == r"haemolysed\.br\repeat\X0D\5 & 6"
PYTHON
