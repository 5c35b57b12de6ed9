"""Mutated HL7 v2 messages and FHIR Observations: whatever comes in, an error of ours or a frame comes out, and no wrong value.

python bench/fuzz_clinical.py [messages] [seed]        default 100000 messages: half HL7, half FHIR

Every usable row is held against an independent and naive reading of the same mutated text: the number and unit of that very line
or resource, its status, its code and its patient. What the naive reading does not find there is a wrong value.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from pbis.clinical.labs import labs_from_bytes
from pbis.clinical.linkage import BEGINNING, FOR_EVER, Linkage, _Entry
from pbis.core.errors import InputRefused
from pbis.core.frames import LAB
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
SUBJECT_OF = {"MRN-1": "S1", "MRN-2": "S2"}
LINKAGE = Linkage({mrn: (_Entry("", s, BEGINNING, FOR_EVER - 1),) for mrn, s in SUBJECT_OF.items()}, ["fuzz"])
ANALYTE_OF = {"751-8": "neutrophils", "731-0": "lymphocytes", "1988-5": "crp", "33939-0": "il2"}
TO_CANONICAL = {
    "10*9/L": ("10*9/L", 1), "10*3/uL": ("10*9/L", 1), "/uL": ("10*9/L", Decimal("0.001")), "mg/L": ("mg/dL", Decimal("0.1")),
    "mg/dL": ("mg/dL", 1), "g/dL": ("mg/dL", 1000), "g/L": ("mg/dL", 100), "pg/mL": ("pg/mL", 1), "ng/L": ("pg/mL", 1), "ng/mL": ("pg/mL", 1000),
}  # fmt: skip
COUNTED = ("F", "C", "A", "V", "FINAL", "CORRECTED", "AMENDED")
MAP = load_map()


def main(count: int, seed: int) -> int:
    rng = random.Random(seed)
    bad = 0
    for name, make, check in (("HL7", hl7_messages, check_hl7), ("FHIR", fhir_files, check_fhir)):
        start, tally = time.process_time(), {"read": 0, "refused": 0, "usable rows": 0}
        for data in make(rng, count // 2):
            trouble = examine(data, check, tally)
            if trouble is not None:
                bad += 1
                print(f"{name}: {trouble}\n{data!r}\n", flush=True)
        print(f"{name}: {count // 2} mutants, {tally}, {time.process_time() - start:.0f} CPU s", flush=True)
    print("wrong values or tracebacks:", bad)
    return 1 if bad else 0


def examine(data: bytes, check: object, tally: dict[str, int]) -> str | None:
    """What is wrong with the reading of these bytes; None where nothing is."""
    try:
        frame = LAB.check(labs_from_bytes(data, "mutant", LINKAGE, MAP, ZONE))
    except InputRefused as error:
        tally["refused"] += 1
        leaked = [mrn for mrn in SUBJECT_OF if mrn in str(error)]
        return f"a record number in the error: {error}" if leaked else None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    tally["read"] += 1
    rows = frame.to_pylist()
    tally["usable rows"] += sum(row["reason"] is None and row["value_text"] is not None for row in rows)
    if any(mrn in str(row) for row in rows for mrn in SUBJECT_OF):
        return "a record number in a row"
    usable = [row for row in rows if row["reason"] is None and row["analyte"] in ANALYTE_OF.values()]
    return check(data, usable)  # type: ignore[operator, no-any-return]


# HL7 -----------------------------------------------------------------------------------------------------------------------


def hl7_messages(rng: random.Random, count: int) -> Iterator[bytes]:
    for _ in range(count):
        text = "".join(_hl7_message(rng) for _ in range(rng.choice((1, 1, 1, 2, 3))))
        for _ in range(rng.choice((0, 1, 1, 2, 3, 6))):
            text = rng.choice(HL7_MUTATIONS)(rng, text)
        yield text.encode("utf-8", "surrogatepass") if rng.random() < 0.97 else text.encode("utf-16")


def _hl7_message(rng: random.Random) -> str:
    mrn = rng.choice(list(SUBJECT_OF))
    stamp = f"2026030{rng.randint(1, 9)}{rng.randint(0, 23):02d}{rng.randint(0, 59):02d}"
    lines = [
        f"MSH|^~\\&|LIS|NORTH|PBIS|CORE|{stamp}{rng.choice(('', '+0100'))}||ORU^R01^ORU_R01|{rng.randint(1, 999)}|P|2.5.1",
        f"PID|1||{rng.choice(('', 'X-9^^^H^PI~'))}{mrn}^^^NORTH^MR||Doe^Jane||1960",
        f"OBR|1|P{rng.randint(1, 9)}|F{rng.randint(1, 9)}|CBC^CBC^L|||{stamp}|||||||||||||||{stamp}|||F",
    ]
    for number, code in enumerate(rng.sample(list(ANALYTE_OF), rng.randint(1, 4)), 1):
        value, unit = _value(rng, code)
        kind = rng.choice(("NM", "ST"))
        if rng.random() < 0.2:
            kind, value = "SN", f"{rng.choice(('<', '>=', ''))}^{value}"
        lines.append(
            f"OBX|{number}|{kind}|{code}^a name^LN||{value}|{unit}^^UCUM|1-9|N|||{rng.choice('FFFFCPXDW')}|||{stamp}"
        )
    return "\r".join(lines) + "\r"


def _value(rng: random.Random, code: str) -> tuple[str, str]:
    units = {
        "751-8": ("10*9/L", "10*3/uL", "/uL"),
        "731-0": ("10*9/L", "/uL"),
        "1988-5": ("mg/L", "mg/dL"),
        "33939-0": ("pg/mL", "ng/mL"),
    }
    return rng.choice(("4.13", "0.7", "3.50", "12", "2.0e1", "6.4", "1300")), rng.choice(units[code])


def _delete(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + text[at + rng.choice((1, 1, 2, 5, 40)) :]


def _insert(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(_STRANGE) + text[at:]


def _swap_signs(rng: random.Random, text: str) -> str:
    return text.replace(rng.choice("|^~\\&"), rng.choice("|^~\\&$*"))


def _move_line(rng: random.Random, text: str) -> str:
    lines = text.split("\r")
    line = lines.pop(rng.randrange(len(lines)))
    for _ in range(rng.choice((0, 1, 2))):
        lines.insert(rng.randrange(len(lines) + 1), line)
    return "\r".join(lines)


def _line_ends(rng: random.Random, text: str) -> str:
    return text.replace("\r", rng.choice(("\n", "\r\n", "\n\r", "\r\r")))


def _frame(rng: random.Random, text: str) -> str:
    return rng.choice(
        ("\v" + text + "\x1c\r", "FHS|^~\\&\rBHS|^~\\&\r" + text + "BTS|1\rFTS|1\r", "\ufeff" + text, text[:-1])
    )


def _cut(rng: random.Random, text: str) -> str:
    return text[: rng.randrange(len(text) + 1)]


_STRANGE = (
    "|",
    "^",
    "~",
    "\\",
    "&",
    "\r",
    "\n",
    '""',
    "\x1e",
    "\x1f",
    "\v",
    "\x1c",
    "\ufeff",
    "9",
    ".",
    "-",
    "<",
    "E5",
    "\\S\\",
    "\\X31\\",
    "\u0663",
    "\0",
    "é",
    "OBX|",
    "MSH|",
)
HL7_MUTATIONS = (_delete, _delete, _insert, _insert, _swap_signs, _move_line, _move_line, _line_ends, _frame, _cut)


def check_hl7(data: bytes, usable: list[dict[str, object]]) -> str | None:
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    lines = [line.split("\x1c")[0] for line in re.split(r"\r\n|\r|\n", text)]
    for row in usable:
        trouble = _hl7_trouble([line.strip("\v\x1c\ufeff \t") for line in lines], int(str(row["source_line"])) - 1, row)
        if trouble is not None:
            return f"line {row['source_line']}: {trouble}: {row}"
    return None


def _hl7_trouble(lines: list[str], at: int, row: dict[str, object]) -> str | None:
    header = next((line for line in reversed(lines[:at]) if line.startswith("MSH")), "MSH|^~\\&")
    sign, encoding = header[3], header[4:].split(header[3])[0]
    fields = "\n".join(_whole(lines, at, sign)).split(sign)
    component = encoding[0]
    repetition, escape = (encoding + "\0\0")[1:3]
    if fields[0] != "OBX" or len(fields) < 12:
        return "no whole OBX on this line"
    inner = (encoding + "\0\0\0\0")[3]
    code = [each.split(inner)[0] for each in fields[3].split(repetition)[0].split(component)]
    if (
        ANALYTE_OF.get(code[0].strip()) != row["analyte"]
        and ANALYTE_OF.get(code[3].strip() if len(code) > 3 else "") != row["analyte"]
    ):
        return "another code"
    first = [each.split(inner)[0].strip() for each in fields[6].split(repetition)[0].split(component)] + [""]
    if fields[11].split(repetition)[0].split(component)[0].split(inner)[0].strip().upper() not in COUNTED:
        return "a status that does not count"
    value = {each.strip() for each in fields[5].split(repetition)} - {"", '""'}
    if len(value) != 1:
        return "not one value"
    sent = _unescaped(value.pop(), escape, encoding, sign).replace(component, "^")
    trouble = _number_trouble(sent, first[0] or first[1], row)
    begin = next((number for number in range(at, -1, -1) if lines[number].startswith(("PID", "MSH"))), 0)
    known = {s for mrn, s in SUBJECT_OF.items() if mrn in "".join(lines[begin:at])}
    return trouble or (None if row["subject_id"] in known else "another patient")


def _whole(lines: list[str], at: int, sign: str) -> list[str]:
    """The line, and those after it that its text goes on in."""
    end = at + 1
    while end < len(lines) and sum(line.count(sign) for line in lines[at:end]) < 11 and not lines[end][:3].isupper():
        end += 1
    return lines[at:end]


def _unescaped(text: str, escape: str, encoding: str, sign: str) -> str:
    if escape == "\0":
        return text
    signs = {"F": sign, "S": encoding[0], "R": encoding[1], "E": escape, "X31": "1", "T": (encoding + "&&&&")[3]}
    return re.sub(f"{re.escape(escape)}([FSRET]|X31){re.escape(escape)}", lambda m: signs[m[1]], text)


def _number_trouble(sent: str, unit: str, row: dict[str, object]) -> str | None:
    found = re.fullmatch(r"(<=|>=|<|>|=|)\s*\^?\s*\+?([0-9.]+(?:[eE][+-]?[0-9]+)?)\s*\^*\s*", sent.strip())
    unit = "".join(unit.split())
    if found is None or unit not in TO_CANONICAL:
        return f"value {sent!r} {unit!r} is read"
    canonical, factor = TO_CANONICAL[unit]
    try:
        wanted = Decimal(found[2]) * factor
    except InvalidOperation:
        return f"value {sent!r} is read"
    op = found[1] or "="
    is_zero = op == "<=" and wanted == 0
    same = (op == row["value_op"] or is_zero) and wanted == Decimal(str(row["value_text"])) and canonical == row["unit"]
    return None if same else f"value {sent!r} {unit!r} is another"


# FHIR ----------------------------------------------------------------------------------------------------------------------


def fhir_files(rng: random.Random, count: int) -> Iterator[bytes]:
    for _ in range(count):
        resources = [_observation(rng) for _ in range(rng.randint(1, 4))]
        for _ in range(rng.choice((0, 1, 1, 2, 4))):
            _mutate_json(rng, rng.choice(resources))
        if rng.random() < 0.5:
            bundle = {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{"resource": each} for each in resources],
            }
            text = json.dumps(bundle, indent=rng.choice((None, 1)))
        else:
            text = "\n".join(json.dumps(each) for each in resources)
        for _ in range(rng.choice((0, 0, 0, 1, 2))):
            text = rng.choice((_delete, _insert, _cut))(rng, text)
        yield text.encode("utf-8", "surrogatepass")


def _observation(rng: random.Random) -> dict[str, object]:
    code = rng.choice(list(ANALYTE_OF))
    value, unit = _value(rng, code)
    found: dict[str, object] = {
        "resourceType": "Observation",
        "id": f"o{rng.randint(1, 9)}",
        "status": rng.choice(("final", "final", "final", "amended", "preliminary", "entered-in-error", "cancelled")),
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": "a name"}]},
        "subject": {"reference": f"Patient/{rng.choice(list(SUBJECT_OF))}"},
        "effectiveDateTime": f"2026-03-0{rng.randint(1, 9)}T08:30:00+01:00",
    }
    quantity = {"value": float(value), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    if rng.random() < 0.2:
        quantity["comparator"] = rng.choice(("<", ">=", "ad"))
    where = rng.choice(("own", "own", "own", "component", "string", "range", "absent"))
    if where == "component":
        found["component"] = [{"code": found["code"], "valueQuantity": quantity}]
    elif where == "string":
        found["valueString"] = value
    elif where == "range":
        found["valueRange"] = {"low": quantity}
    elif where == "absent":
        found["dataAbsentReason"] = {"coding": [{"code": "not-performed"}]}
    else:
        found["valueQuantity"] = quantity
    return found


def _mutate_json(rng: random.Random, resource: dict[str, object]) -> None:
    """Change one place anywhere in the tree."""
    node: object = resource
    for _ in range(rng.randint(0, 4)):
        children = [each for each in _children(node) if isinstance(each, (dict, list))]
        if not children:
            break
        node = rng.choice(children)
    if isinstance(node, dict) and node:
        key = rng.choice(list(node))
        choice = rng.random()
        if choice < 0.3:
            del node[key]
        elif choice < 0.7:
            node[key] = rng.choice(
                (None, "", "x", 5, 1.5, [], {}, True, "Observation", "4.13", "final", "\x1e\x1f", [{}], {"value": 7})
            )
        else:
            node[rng.choice(("modifierExtension", "dataAbsentReason", "valueQuantity", "valueString", "component"))] = (
                rng.choice(([{"url": "http://x/y"}], {"coding": [{"code": "error"}]}, {"value": 2}, "3", []))
            )


def _unit_of(quantity: dict[str, object]) -> object:
    """A UCUM code decides; a code of another system says nothing."""
    is_ucum = quantity.get("system", "") in ("", "http://unitsofmeasure.org")
    return (quantity.get("code") if is_ucum else None) or quantity.get("unit") or quantity.get("code")


def _children(node: object) -> list[object]:
    return list(node.values()) if isinstance(node, dict) else list(node) if isinstance(node, list) else []


def check_fhir(data: bytes, usable: list[dict[str, object]]) -> str | None:
    if not usable:
        return None
    text = data.decode("utf-8-sig")
    try:
        documents = [json.loads(text, parse_float=Decimal, parse_int=Decimal)]
    except ValueError:
        documents = list(_lines_of_json(text))
    said = [each for document in documents for each in _said(document)]
    for row in usable:
        key = (row["subject_id"], row["analyte"], row["value_op"], Decimal(str(row["value_text"])), row["unit"])
        if key not in said:
            return f"{key} is said nowhere"
    return None


def _lines_of_json(text: str) -> Iterator[object]:
    """The lines that are JSON; the reader sets the others aside."""
    for line in text.split("\n"):
        try:
            yield json.loads(line, parse_float=Decimal, parse_int=Decimal)
        except ValueError:
            continue


def _said(document: object) -> Iterator[tuple[object, ...]]:
    """What the Observations of a document say that counts."""
    if isinstance(document, list):
        for each in document:
            yield from _said(each)
    elif isinstance(document, dict) and document.get("resourceType") == "Bundle":
        for entry in document.get("entry") or []:
            yield from _said(entry.get("resource"))
    elif isinstance(document, dict) and document.get("resourceType") == "Observation":
        if str(document.get("status", "")).upper() not in COUNTED or document.get("modifierExtension"):
            return
        for part in [document, *(document.get("component") or [])]:
            yield from _amount(part, str((document.get("subject") or {}).get("reference", "")))


def _amount(part: dict[str, object], reference: str) -> Iterator[tuple[object, ...]]:
    subject = SUBJECT_OF.get(reference.rpartition("/")[2])
    codes = [each.get("code") for each in (part.get("code") or {}).get("coding") or []]  # type: ignore[attr-defined]
    quantity, op = part.get("valueQuantity"), ""
    if part.get("valueRange"):
        ends = part["valueRange"]
        quantity, op = (ends.get("low"), ">=") if ends.get("low") else (ends.get("high"), "<=")  # type: ignore[attr-defined]
    unit = _unit_of(quantity) if isinstance(quantity, dict) else None
    if part.get("dataAbsentReason") is not None or not isinstance(quantity, dict) or unit not in TO_CANONICAL:
        return
    canonical, factor = TO_CANONICAL[str(unit)]
    for code in codes:
        if code in ANALYTE_OF and isinstance(quantity.get("value"), Decimal):
            sign = op or quantity.get("comparator") or "="
            yield subject, ANALYTE_OF[code], sign, quantity["value"] * factor, canonical


if __name__ == "__main__":
    arguments = [int(each) for each in sys.argv[1:3]]
    sys.exit(main(*(arguments + [100_000, 7][len(arguments) :])))
