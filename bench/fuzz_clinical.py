"""Mutated HL7 v2 messages and FHIR Observations: whatever comes in, an error of ours or a frame comes out, and no wrong value.

python bench/fuzz_clinical.py [messages] [seed]        default 100000 messages: half HL7, half FHIR

A tenth as many files again hold one mutant among sound messages or lines, whose rows must all stand as they do without it.
Every usable row is held against an independent and naive reading of the same mutated text: the number and unit of that very line
or resource, its status, its code and its patient. What the naive reading does not find there is a wrong value.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections import Counter
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
UNITS = 12
SAME = (
    "subject_id",
    "analyte",
    "value_op",
    "value_text",
    "unit",
    "status",
    "collected_at",
    "specimen_id",
    "reason",
)  # but for the place


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
    for name, make, end in (("HL7", hl7_units, ""), ("FHIR", fhir_units, "\n")):
        for units, at, mutant in make(rng, count // 20):
            trouble = lost(units, at, mutant, end)
            if trouble is not None:
                bad += 1
                print(f"{name}: {trouble}\n{at} of {units!r}\n{mutant!r}\n", flush=True)
        print(f"{name}: {count // 20} files of {UNITS} of which one is a mutant", flush=True)
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


# One among others ----------------------------------------------------------------------------------------------------------


def hl7_units(rng: random.Random, count: int) -> Iterator[tuple[list[str], int, str]]:
    """Messages, the place of the one that is mutated, and what becomes of it; the end of its last line stays."""
    for _ in range(count):
        units = [_hl7_message(rng) for _ in range(UNITS)]
        at = rng.randrange(UNITS)
        text = units[at].removesuffix("\r")
        for _ in range(rng.choice((1, 1, 2, 3))):
            text = rng.choice(WITHIN)(rng, text)
        yield units, at, text + "\r"


def fhir_units(rng: random.Random, count: int) -> Iterator[tuple[list[str], int, str]]:
    """The same of lines of NDJSON."""
    for _ in range(count):
        resources = [_observation(rng) for _ in range(UNITS)]
        units, at = [json.dumps(each) for each in resources], rng.randrange(UNITS)
        _mutate_json(rng, resources[at])
        text = json.dumps(resources[at])
        for _ in range(rng.choice((0, 1, 2))):
            text = rng.choice((_delete, _insert, _cut))(rng, text)
        yield units, at, text


def lost(units: list[str], at: int, mutant: str, end: str) -> str | None:
    """Which row of the sound units a file with the mutant does not hold; None where it holds all.

    A message whose MSH is broken is no message: its lines belong to the one before, which is refused with them; at the beginning of a
    file they are text before the first message.
    """
    is_headless = not end and not mutant.startswith("MSH")
    if is_headless and not at:
        return None
    wanted = _rows_of(end.join(units[: at - is_headless] + units[at + 1 :]))
    try:
        found = _rows_of(end.join([*units[:at], mutant, *units[at + 1 :]]))
    except InputRefused as error:
        return f"the file is refused for one unit: {error}"
    missing = wanted - found
    return f"lost: {next(iter(missing))}" if missing else None


def _rows_of(text: str) -> Counter[tuple[object, ...]]:
    frame = LAB.check(labs_from_bytes(text.encode("utf-8", "surrogatepass"), "mutant", LINKAGE, MAP, ZONE))
    return Counter(tuple(row[name] for name in SAME) for row in frame.to_pylist())


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
WITHIN = (_delete, _insert, _swap_signs, _cut)  # damage that stays inside its message
HL7_MUTATIONS = (_delete, _delete, _insert, _insert, _swap_signs, _move_line, _move_line, _line_ends, _frame, _cut)


def check_hl7(data: bytes, usable: list[dict[str, object]]) -> str | None:
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    lines = re.split(r"\r\n|\r|\n", text)
    if "\v" in text:  # else a \x1c inside a line is no end of a frame
        lines = [line.split("\x1c")[0] for line in lines]
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
    if first[0] == "10" and re.match(
        r"[1-9]\d?/", first[1]
    ):  # a power whose caret or star is the sign between components
        first = [f"10*{first[1]}", *first[2:]]
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
        for entry in _children(document.get("entry")):
            yield from _said(_tree(entry).get("resource"))
    elif isinstance(document, dict) and document.get("resourceType") == "Observation":
        if str(document.get("status", "")).upper() not in COUNTED or document.get("modifierExtension"):
            return
        for part in [document, *_children(document.get("component"))]:
            yield from _amount(_tree(part), str(_tree(document.get("subject")).get("reference", "")))


def _amount(part: dict[str, object], reference: str) -> Iterator[tuple[object, ...]]:
    subject = SUBJECT_OF.get(reference.rpartition("/")[2])
    codes = [_tree(each).get("code") for each in _children(_tree(part.get("code")).get("coding"))]
    quantity, op = _tree(part.get("valueQuantity")), ""
    if part.get("valueRange"):
        ends = _tree(part["valueRange"])
        quantity, op = (_tree(ends.get("low")), ">=") if ends.get("low") else (_tree(ends.get("high")), "<=")
    unit = _unit_of(quantity)
    if part.get("dataAbsentReason") is not None or not isinstance(unit, str) or unit not in TO_CANONICAL:
        return
    canonical, factor = TO_CANONICAL[unit]
    for code in codes:
        value = _decimal(quantity.get("value"))
        if isinstance(code, str) and code in ANALYTE_OF and value is not None:
            yield subject, ANALYTE_OF[code], op or quantity.get("comparator") or "=", value * factor, canonical


def _decimal(value: object) -> Decimal | None:
    """A number, also one that stands in quotes."""
    try:
        return Decimal(value) if isinstance(value, (str, Decimal)) else None
    except InvalidOperation:
        return None


def _tree(node: object) -> dict[str, object]:
    """The node where it is an object of JSON; what is none says nothing."""
    return node if isinstance(node, dict) else {}


if __name__ == "__main__":
    arguments = [int(each) for each in sys.argv[1:3]]
    sys.exit(main(*(arguments + [100_000, 7][len(arguments) :])))
