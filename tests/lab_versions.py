"""What three systems say of one blood draw, file by file: every word of it matters, and none of its order.

NUMBER stands for the patient's number. CRP was corrected, its first correction taken back, neutrophils moved, lymphocytes were deleted
by a server that had a second version of them, AFP came as a correction that fits nothing.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

NUMBER = "#"
HEAD = "mrn,accession,test,value,unit,status,collected_at,resulted_at\n"


def _observation(loinc: str, value: str, unit: str, version: str, time: str, name: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "id": f"{name}-{NUMBER}", "status": "final", "meta": {"versionId": version},
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc}]}, "subject": {"reference": f"Patient/M{NUMBER}"},
        "effectiveDateTime": f"2026-03-08T{time}:00+01:00", "issued": "2026-03-08T11:00:00+01:00",
        "valueQuantity": {"value": float(value), "unit": unit},
    }  # fmt: skip


def _deletion(name: str) -> dict[str, Any]:
    entry = {"request": {"method": "DELETE", "url": f"Observation/{name}-{NUMBER}"}}
    return {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}


def _message(value: str, status: str, drawn: str, issued: str) -> str:
    return "\r".join((
        f"MSH|^~\\&|LIS|N|PBIS|C|202603{issued}||ORU^R01^ORU_R01|{issued}{status}|P|2.5.1",
        f"PID|1||M{NUMBER}^^^^MR||A^B",
        f"OBR|1||F{NUMBER}|CRP^^L|||202603{drawn}|||||||||||||||202603{issued}",
        f"OBX|1|NM|1988-5^CRP^LN||{value}|mg/L|<5|N|||{status}",
        "",
    ))  # fmt: skip


FILES = (
    _message("99", "F", "080730", "081100"),
    _message("98", "C", "080725", "081200"),
    _message("", "W", "", "081300"),
    _message("1.2", "C", "080720", "081400"),
    json.dumps(_observation("751-8", "4.1", "10*9/L", "1", "07:30", "neu")),
    json.dumps(_observation("751-8", "4.2", "10*9/L", "10", "07:20", "neu")),
    json.dumps(_observation("731-0", "1.1", "10*9/L", "1", "07:20", "lym"))
    + "\n"
    + json.dumps(_observation("731-0", "1.2", "10*9/L", "2", "07:20", "lym")),
    json.dumps(_deletion("lym")),
    f"{HEAD}M{NUMBER},A{NUMBER},AFP,120,ng/mL,final,2026-03-08 07:20,2026-03-08 11:00\n",
    f"{HEAD}M{NUMBER},B{NUMBER},AFP,12,ng/mL,corrected,2026-03-08 08:20,2026-03-09 11:00\n",
)
# What holds when all have come, in whatever order: measure -> value, or the reason why there is none.
ANSWERS = {"crp": "=0.12", "neutrophils": "=4.2", "lymphocytes": "entered_in_error", "afp": "duplicate_conflict"}


def orders(seed: int, count: int) -> Iterator[list[int]]:
    """Places of FILES in their own order, in its reverse, then in others by the seed."""
    chance, first = random.Random(seed), list(range(len(FILES)))
    yield from (first, first[::-1])
    yield from (chance.sample(first, len(first)) for _ in range(count - 2))
