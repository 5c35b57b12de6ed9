#!/usr/bin/env bash
# Units in which laboratories print blood counts are units of another kind to the libraries that know all units: no error, another dimension.
#
# Versions: Pint 0.25.3, ucumvert 0.3.2.
# Seen: Pint reads `Gpt/L` (gigaparticles per litre, usual in Germany for white cells) as gigapint per litre, which is a plain number,
# `G/L` (10^9/L) as gauss per litre, `K/uL` (10^3/uL) as kelvin per microlitre and `M/uL` (10^6/uL) as molar per microlitre; `au/mL`
# and, with the UCUM registry, also `AU/mL` (arbitrary units of a kit) are astronomical units per millilitre. `cells/uL` and `IU/mL`
# are not defined. `10^3/uL` and `10*3/uL` are read as they are meant.
# Expected instead: an error, or 1e9/L. A converter of blood counts has to have its own table of spellings, and to compare dimensions
# with the ones it expects before it believes a unit.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check pint==0.25.3 ucumvert==0.3.2
venv/bin/python -W ignore - <<'PYTHON'
import pint
from ucumvert import PintUcumRegistry

plain, ucum = pint.UnitRegistry(), PintUcumRegistry()
NUMBER = {"[length]": -3}
seen = {text: str(plain.parse_expression(text)) for text in ("Gpt/L", "G/L", "K/uL", "M/uL", "au/mL", "10^3/uL")}
seen |= {f"{text} (UCUM)": str(ucum.from_ucum(text)) for text in ("G/L", "K/uL", "AU/mL", "10*3/uL")}
for text, read in seen.items():
    print(f"{text:15} {read}")
assert seen["Gpt/L"] == "1.0 gigapint / liter"
assert plain.parse_expression("Gpt/L").dimensionless
assert round(plain.parse_expression("7 Gpt/L").m_as(""), -5) == 3_312_200_000, "7 gigapint in a litre are 3.3e9"
assert seen["G/L"] == "1.0 gauss / liter"
assert seen["K/uL"] == "1.0 kelvin / microliter"
assert seen["M/uL"] == "1.0 molar / microliter"
assert seen["au/mL"] == "1.0 astronomical_unit / milliliter"
assert seen["AU/mL (UCUM)"] == "1.0 astronomical_unit / milliliter"
assert dict(plain.parse_expression("10^3/uL").dimensionality) == NUMBER
assert dict(ucum.from_ucum("10*3/uL").dimensionality) == NUMBER
for text in ("cells/uL", "IU/mL"):
    try:
        plain.parse_expression(text)
    except pint.UndefinedUnitError as error:
        print(f"{text:15} {error}")
    else:
        raise AssertionError(f"{text} is known now")
PYTHON
