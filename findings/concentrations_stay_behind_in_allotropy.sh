#!/usr/bin/env bash
# A converter to the Allotrope model carries fluorescence and counts of a Luminex export over, and leaves its concentrations behind.
#
# Versions: allotropy 0.1.150, pandas 2.3.3.
# Seen, for an export of xPONENT with the blocks Median, Net MFI, Count, Result, Units and Dilution Factor: the document holds median,
# net MFI and bead count of every well and analyte. No number of the block Result is in it, nor the unit; nothing says so. Moments that the
# instrument's computer wrote without a zone stand as UTC. A dilution that the file leaves empty is -0.0, with an error "Not reported".
# Expected instead: the concentrations, or a word about a block that was left out; a moment without a zone told as such; null.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check allotropy==0.1.150 pandas==2.3.3
venv/bin/python - <<'PYTHON'
import json
from pathlib import Path

from allotropy.parser_factory import Vendor
from allotropy.to_allotrope import allotrope_from_file

HEADER = '''"Program","xPONENT","","LX100/LX200"
"Build","3.1.871.0"
"Date","03/02/2026","11:21 AM"

"SN","LX10000000001"
"Batch","RUN 1"
"Version","1"
"Operator",""
"ComputerName","LAB-1"
"Country Code","409"
"ProtocolName","Two analytes"
"ProtocolVersion","1"
"SampleVolume","50 uL"
"BatchStartTime","3/2/2026 10:04:35 AM"
"BatchStopTime","3/2/2026 11:15:47 AM"
"ProtocolPlate","Name","Plate","Type","96","Plates","1"

"Most Recent Calibration and Control Results:"
"Last CAL2 Calibration","Passed 03/02/2026 08:22:09"

"Samples","2","Min Events","50","Per Bead"

"Results"
'''
WELLS = (('"1(1,A1)"', '"Standard1"'), ('"2(1,B1)"', '"Unknown1"'))


def block(name, *rows):
    lines = [f'"{well[0][1:-1]}",{well[1]},"{a}","{b}","240"' for well, (a, b) in zip(WELLS, rows, strict=True)]
    return "\n".join([f'"DataType:","{name}"', '"Location","Sample","IL-6","TNFa","Total Events"', *lines, "", ""])


export = (
    HEADER
    + "\n"
    + block("Median", (811.5, 912.5), (313.5, 414.5))
    + block("Net MFI", (801.25, 902.25), (303.25, 404.25))
    + block("Count", (101, 102), (103, 104))
    + block("Result", ("55.0625", "66.0625"), ("77.0625", "88.0625"))
    + '"DataType:","Units"\n"Analyte:","IL-6","TNFa"\n"BeadID:","25","27"\n"Units:","pg/mL","pg/mL"\n\n'
    + '"DataType:","Per Bead Count"\n"Analyte:","IL-6","TNFa"\n"BeadID:","25","27"\n"Per Bead:","50","50"\n\n'
    + '"DataType:","Dilution Factor"\n"Location","Sample","Dilution Factor"\n"1(1,A1)","Standard1",""\n"2(1,B1)","Unknown1","2"\n\n'
    + '"DataType:","Warnings/Errors"\n"Location","Status","Message"\n\n-- CRC --\nCRC32: 0000ABCD\n'
)
Path("run.csv").write_text(export)
told = json.dumps(allotrope_from_file("run.csv", Vendor.LUMINEX_XPONENT))
for what, numbers in {
    "median": ("811.5", "414.5"),
    "net MFI": ("801.25", "404.25"),
    "count": ("101.0", "104.0"),
    "concentration": ("55.0625", "66.0625", "77.0625", "88.0625"),
    "unit": ("pg/mL",),
    "moment": ("2026-03-02T10:04:35",),
}.items():
    print(f"{what:<14}", {number: number in told for number in numbers})
assert all(number in told for number in ("811.5", "414.5", "801.25", "404.25", "101.0", "104.0"))
assert not any(number in told for number in ("55.0625", "66.0625", "77.0625", "88.0625", "pg/mL"))
print("moment:", told[(at := told.index("2026-03-02T10:04:35")) : at + 25])
assert "2026-03-02T10:04:35+00:00" in told
print("empty dilution:", "-0.0" in told, "| said:", "Not reported in file" in told)
assert '"value": -0.0' in told and '"value": 2.0' in told
PYTHON
