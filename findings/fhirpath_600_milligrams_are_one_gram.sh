#!/usr/bin/env bash
# In a FHIRPath library 600 mg are equal to 1 g, and 500 mg are not equal to 0.5 g, unless 0.5 g stands first.
#
# Version: fhirpathpy 2.2.4.
# Seen: equality converts the left quantity to the unit of the right one, and rounds it to a whole number of it: 600 'mg' = 1 'g' and 1499 'mg' = 1 'g'
# are true, 1 'kg' = 3 '[lb_av]' too (there it rounds up), 500 'mg' = 0.5 'g' is false and 0.5 'g' = 500 'mg' true. Concentrations and volumes
# (mg/L and g/L, ng/mL and ug/L, L and mL) it does not convert, nor kg and g; those are false from both sides, and `!=` is true.
# Besides, a remainder has the sign of its divisor, though a quotient is cut towards zero ((-7 div 2) * 2 + (-7 mod 2) is -5), and 2.5 and 0.125
# are rounded to the even neighbour.
# Expected instead: equality of what is equal, from both sides, or no answer for a unit that is not known; -7; 3 and 0.13 (a half goes up).
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check fhirpathpy==2.2.4
venv/bin/python - <<'PYTHON'
from fhirpathpy import evaluate
from fhirpathpy.models import models

UCUM = {"system": "http://unitsofmeasure.org"}
RESULT = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "CRP"},
    "valueQuantity": {"value": 500, "unit": "mg/L", "code": "mg/L"} | UCUM,
    "referenceRange": [{"high": {"value": 0.5, "unit": "g/L", "code": "g/L"} | UCUM}],
}


def asked(text):
    return evaluate(RESULT, text, model=models["r4"])


def both(one, other):
    answers = *asked(f"{one} = {other}"), *asked(f"{other} = {one}")
    print(f"{one} = {other}: {answers[0]}, the other way about {answers[1]}")
    return answers


assert both("600 'mg'", "1 'g'") == (True, False), "it does not round now"
assert both("1499 'mg'", "1 'g'") == (True, False)
assert both("500 'mg'", "0.5 'g'") == (False, True)
assert both("1 'kg'", "3 '[lb_av]'") == (True, False)
for pair in (("1 'kg'", "1000 'g'"), ("1 'L'", "1000 'mL'"), ("0.5 'g/L'", "500 'mg/L'"), ("5 'ng/mL'", "5 'ug/L'")):
    assert both(*pair) == (False, False), "it is converted now"
assert both("Observation.value", "Observation.referenceRange.high") == (False, False)
assert asked("Observation.value != Observation.referenceRange.high") == [True]
TEXTS = "(-7 div 2) * 2 + (-7 mod 2)", "2.5.round(0)", "3.5.round(0)", "0.125.round(2)"
numbers = [float(asked(text)[0]) for text in TEXTS]
print(dict(zip(TEXTS, numbers, strict=True)))
assert numbers == [-5, 2, 4, 0.12], numbers
PYTHON
