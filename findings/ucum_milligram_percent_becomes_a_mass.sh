#!/usr/bin/env bash
# UCUM's mg%, which older laboratories write for mg/dL, is read by ucumvert as milligram times percent: a mass of 0.01 mg.
#
# Versions: ucumvert 0.3.2, pint 0.25.3.
# Seen: UCUM has the unit g% (1 g/dL), whose prefixed form is mg%; the parser accepts the code, and its value can be asked in mg, but not
# in mg/dL. A validator that only parses therefore passes it, and a conversion of a mass concentration fails or, where a mass is expected, does not.
# Expected instead: 1 mg% is 1 mg/dL.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check ucumvert==0.3.2 pint==0.25.3
venv/bin/python - <<'PYTHON'
from pint import DimensionalityError
from ucumvert import PintUcumRegistry

known = PintUcumRegistry()
found = known.from_ucum("mg%")
print(f"mg% is {found!r}, {found.to('mg')}")
assert str(found.dimensionality) == "[mass]", "it is read otherwise now"
assert abs(found.to("mg").magnitude - 0.01) < 1e-12
try:
    print(found.to(known.from_ucum("mg/dL").units))
except DimensionalityError as error:
    print(f"to mg/dL: {error}")
else:
    raise SystemExit("it is converted now")
PYTHON
