#!/usr/bin/env bash
# pg/mL and ng/L are one unit; pint lowers every value that it converts from the one into the other, 5.0 to 4.999999999999999.
#
# Versions: pint 0.25.3.
# Seen: the factor is computed over the base units and comes out as 0.9999999999999999, so that of 1,000 concentrations from 0.1 to
# 100.0 all are lower afterwards and a value that lies exactly at a cut-off falls below it. ug/mL to mg/L keeps every value. No warning.
# Expected instead: a factor of 1. With Decimal as the registry's number type the factor is 1.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check pint==0.25.3
venv/bin/python - <<'PYTHON'
from decimal import Decimal

import pint

known, exact = pint.UnitRegistry(), pint.UnitRegistry(non_int_type=Decimal)
values = [step / 10 for step in range(1, 1001)]
small = [known.Quantity(value, "pg/mL").to("ng/L").magnitude for value in values]
large = [known.Quantity(value, "ug/mL").to("mg/L").magnitude for value in values]
lower = sum(after < before for before, after in zip(values, small, strict=True))
print(f"5.0 pg/mL is {known.Quantity(5.0, 'pg/mL').to('ng/L').magnitude!r} ng/L; lower afterwards: {lower} of {len(values)}")
print(f"ug/mL to mg/L: {sum(after != before for before, after in zip(values, large, strict=True))} changed")
print(f"as Decimal: {exact.Quantity(Decimal('5.0'), 'pg/mL').to('ng/L').magnitude}")
assert lower == len(values), "it converts otherwise now"
assert large == values
assert exact.Quantity(Decimal("5.0"), "pg/mL").to("ng/L").magnitude == 5
PYTHON
