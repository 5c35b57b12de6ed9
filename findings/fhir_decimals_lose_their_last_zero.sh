#!/usr/bin/env bash
# A FHIR resource read by its model and written again has another precision: 3.20 becomes 3.2, and digits beyond a double are gone.
#
# Versions: fhir.resources 8.3.0, fhir-core 1.1.12, pydantic 2.12.5.
# Seen: the model's decimals are Python's Decimal, but JSON is read through a double: 3.20 is Decimal('3.2') and 0.1000000000000000055
# is Decimal('0.1'), and so they are written. A time with tenths of a second is written with six digits. No error, no warning.
# Expected instead: FHIR R4 (data types, decimal) lets a value's precision mean something and asks to keep it. Who needs the text of a number
# as the laboratory sent it takes it from the JSON with parse_float=Decimal, beside the model.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check fhir.resources==8.3.0 fhir-core==1.1.12 pydantic==2.12.5
venv/bin/python - <<'PYTHON'
import json
from decimal import Decimal

from fhir.resources.observation import Observation

seen = {}
for sent in ("3.20", "0.50", "3.0", "0.1000000000000000055"):
    text = (
        '{"resourceType": "Observation", "status": "final", "code": {"text": "IL-2"},'
        f' "effectiveDateTime": "2026-03-02T10:04:35.1Z", "valueQuantity": {{"value": {sent}, "unit": "pg/mL"}}}}'
    )
    model = Observation.model_validate_json(text)
    written = model.model_dump_json()
    seen[sent] = written.partition('"value":')[2].partition(",")[0]
    kept = json.loads(text, parse_float=Decimal)["valueQuantity"]["value"]
    print(f"sent {sent}: model {model.valueQuantity.value!r}, written {seen[sent]}, by parse_float {kept!r}")
    assert isinstance(model.valueQuantity.value, Decimal) and str(kept) == sent
assert seen == {"3.20": "3.2", "0.50": "0.5", "3.0": "3.0", "0.1000000000000000055": "0.1"}, seen
print("time", model.effectiveDateTime.isoformat(), "written", written.partition('"effectiveDateTime":"')[2][:27])
assert "2026-03-02T10:04:35.100000Z" in written
PYTHON
