"""Clinical formats beside their peers in one run: messages, Observations and rows a second of CPU, as ratios.

python bench/clinical.py [messages]        default 5000 HL7 messages of 28 OBX; ten times as many Observations
python bench/clinical.py [messages] --against DIR [rounds]     HL7 and FHIR beside the build whose checkout DIR is, default 9 rounds

Against another build both read the same bytes in turns, each in a process of its own, and the medians of their CPU seconds are
compared: what else the machine does then falls on both alike.

Goals: HL7 5000 messages of 28 OBX a second a core, FHIR NDJSON 50000 Observations a second a core. The peers only parse or validate;
ours also identifies, converts and types every row.
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from pbis.clinical.hl7.segments import messages
from pbis.clinical.labs import labs_from_bytes
from pbis.clinical.linkage import BEGINNING, FOR_EVER, Linkage, _Entry
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
PATIENTS = 500
LINKAGE = Linkage({f"MRN-{n}": (_Entry("", f"S{n}", BEGINNING, FOR_EVER - 1),) for n in range(PATIENTS)}, ["bench"])
MAP = load_map()
CODES = (
    ("751-8", "Neutrophils [#/volume] in Blood by Automated count", "10*9/L"),
    ("731-0", "Lymphocytes [#/volume] in Blood by Automated count", "10*9/L"),
    ("1988-5", "C reactive protein [Mass/volume] in Serum or Plasma", "mg/L"),
    ("1834-1", "Alpha-1-Fetoprotein [Mass/volume] in Serum or Plasma", "ng/mL"),
    ("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L"),
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL"),
    ("777-3", "Platelets [#/volume] in Blood by Automated count", "10*3/uL"),
)


def main(count: int) -> None:
    rng = random.Random(7)
    texts = [hl7_message(rng) for _ in range(count)]
    whole = "".join(texts).encode()
    ours = rate("HL7, frames of results", count, lambda: labs_from_bytes(whole, "dump", LINKAGE, MAP, ZONE))
    rate("HL7, splitter alone", count, lambda: sum(len(each.segments) for each in messages(whole.decode(), "dump")))
    peer = rate("  python-hl7, parse alone", 200, lambda: [python_hl7(text) for text in texts[:200]])
    print(f"  ours / python-hl7 {ours / peer:.0f} x")
    lines = [json.dumps(observation(rng)) for _ in range(count * 10)]
    data = "\n".join(lines).encode()
    ours = rate("FHIR NDJSON, frames of results", len(lines), lambda: labs_from_bytes(data, "bulk", LINKAGE, MAP, ZONE))
    peer = rate("  fhir.resources, validation alone", 1000, lambda: [fhir_model(line) for line in lines[:1000]])
    print(f"  ours / fhir.resources {ours / peer:.0f} x")
    table = csv(rng, 1_000_000)
    rate("CSV, frames of results, rows", 1_000_000, lambda: labs_from_bytes(table, "labs.csv", LINKAGE, MAP, ZONE), 1)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


KINDS = ("HL7", "FHIR")


def compare(count: int, other: str, rounds: int) -> None:
    """Ratios of medians of CPU seconds, this build's to the other's; the first reading of each warms it and is not counted."""
    builds = {"this": str(Path(__file__).resolve().parents[1]), "other": other}
    readers = {name: worker(folder, count) for name, folder in builds.items()}
    seconds = {(kind, name): [] for kind in KINDS for name in builds}  # type: dict[tuple[str, str], list[float]]
    for number in range(rounds + 1):
        for kind in KINDS:
            for name in sorted(builds, reverse=bool(number % 2)):
                took = ask(readers[name], kind)
                seconds[kind, name] += [took] * (number > 0)
    for each in readers.values():
        each.communicate()
    for kind in KINDS:
        this, that = (statistics.median(seconds[kind, name]) for name in builds)
        print(f"{kind}: {this:.3f} s beside {that:.3f} s, {this / that:.3f} x (medians of {rounds}, CPU)")


def worker(folder: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, str(count), "--work"]
    env = {**os.environ, "PYTHONPATH": folder}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env, cwd=folder)


def ask(reader: subprocess.Popen[str], kind: str) -> float:
    assert reader.stdin is not None
    assert reader.stdout is not None
    reader.stdin.write(kind + "\n")
    reader.stdin.flush()
    return float(reader.stdout.readline())


def work(count: int) -> None:
    """Read what each line of the input asks for, and answer with the CPU seconds."""
    rng = random.Random(7)
    data = {
        "HL7": "".join(hl7_message(rng) for _ in range(count)).encode(),
        "FHIR": "\n".join(json.dumps(observation(rng)) for _ in range(count * 10)).encode(),
    }
    for line in sys.stdin:
        start = time.process_time()
        labs_from_bytes(data[line.strip()], "dump", LINKAGE, MAP, ZONE)
        print(time.process_time() - start, flush=True)


def rate(name: str, count: int, work: Callable[[], object], times: int = 3) -> float:
    """Pieces a second of CPU, the best of some."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    print(f"{name:42} {count / min(seconds):12,.0f} a CPU second")
    return count / min(seconds)


def hl7_message(rng: random.Random) -> str:
    """A message of 28 results in four orders, two of them with a specimen."""
    stamp = moment(rng)
    segments = [
        f"MSH|^~\\&|LIS|N|PBIS|C|{stamp}||ORU^R01^ORU_R01|{rng.random()}|P|2.5.1",
        f"PID|1||MRN-{rng.randrange(PATIENTS)}^^^N^MR||A^B",
    ]
    for order in range(4):
        segments.append(
            f"OBR|{order}|P{rng.randrange(10**6)}|F{rng.randrange(10**6)}|PANEL^^L|||{stamp}" + "|" * 15 + stamp
        )
        for number, (code, name, unit) in enumerate(CODES, 1):
            segments.append(f"OBX|{number}|NM|{code}^{name}^LN||{value(rng)}|{unit}^^UCUM|1-9|N|||F|||{stamp}")
    segments.append(f"SPM|1|^T{rng.randrange(10**6)}||BLD|||||||||||||{stamp}")
    return "\r".join(segments) + "\r"


def observation(rng: random.Random) -> dict[str, object]:
    code, name, unit = rng.choice(CODES)
    system = "http://unitsofmeasure.org"
    day = moment(rng)
    at = f"{day[:4]}-{day[4:6]}-{day[6:8]}T{day[8:10]}:{day[10:12]}:00+01:00"
    return {
        "resourceType": "Observation",
        "id": f"{rng.getrandbits(64):x}",
        "status": "final",
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": name}], "text": name},
        "subject": {"reference": f"Patient/MRN-{rng.randrange(PATIENTS)}"},
        "effectiveDateTime": at,
        "issued": at,
        "specimen": {"reference": f"Specimen/T{rng.randrange(10**6)}"},
        "valueQuantity": {"value": float(value(rng)), "unit": unit, "system": system, "code": unit},
        "referenceRange": [{"low": {"value": 1, "unit": unit}, "high": {"value": 9, "unit": unit}}],
    }


def csv(rng: random.Random, count: int) -> bytes:
    rows = ["mrn,accession,test,value,unit,status,collected_at,resulted_at,reference_range"]
    for number in range(count):
        code, _, unit = CODES[number % len(CODES)]
        day = f"2026-{1 + number % 12:02d}-{1 + number % 28:02d} 07:30"
        rows.append(f"MRN-{number % PATIENTS},A{number // 7},{code},{value(rng)},{unit},final,{day},{day},1-9")
    return "\n".join(rows).encode()


def moment(rng: random.Random) -> str:
    return f"2026{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}{rng.randrange(24):02d}{rng.randrange(60):02d}00"


def value(rng: random.Random) -> str:
    return f"{rng.lognormvariate(1, 1):.3g}"


def python_hl7(text: str) -> object:
    import hl7

    return hl7.parse(text)


def fhir_model(line: str) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fhir.resources.R4B.observation import Observation

    return Observation.model_validate_json(line)


if __name__ == "__main__":
    given = [each for each in sys.argv[1:] if each.isdecimal()]
    messages_asked = int(given[0]) if given and sys.argv[1] == given[0] else 5000
    if "--work" in sys.argv:
        work(messages_asked)
    elif "--against" in sys.argv:
        there = sys.argv.index("--against") + 1
        compare(messages_asked, sys.argv[there], int(sys.argv[there + 1]) if len(sys.argv) > there + 1 else 9)
    else:
        main(messages_asked)
