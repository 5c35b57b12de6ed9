"""A thousand laboratory inputs of which each is damaged somewhere, in whole nights: none dies, none is lost, and memory stays small."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from forked_nights import Answer, Asked
from small_site import write_small_site

import warehouse

Forked = Callable[[Asked], Answer]
MUTANTS = 1_000
NIGHTS = 4
MOST_MEMORY = 1 << 30


def bench() -> ModuleType:
    """bench/fuzz_clinical.py, which makes the mutants and holds what readers make of them against what they say."""
    path = Path(__file__).parents[2] / "bench" / "fuzz_clinical.py"
    spec = importlib.util.spec_from_file_location("fuzz_clinical", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def mutants(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Name and bytes: half HL7 messages, half FHIR resources."""
    fuzz, rng = bench(), random.Random(seed)
    for number, (hl7, fhir) in enumerate(
        zip(fuzz.hl7_messages(rng, count // 2), fuzz.fhir_files(rng, count // 2), strict=True)
    ):
        yield f"m{number:04d}.hl7", hl7
        yield f"m{number:04d}.{'ndjson' if number % 2 else 'json'}", fhir


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_integrity_of_nights_with_a_thousand_mutated_laboratory_inputs(forked: Forked, tmp_path: Path) -> None:
    site = write_small_site(tmp_path / "site", 1)
    linkage = site.path("inbox") / "linkage" / "linkage.csv"
    linkage.write_text(linkage.read_text() + "".join(f"north,MRN-{n},P100{n},2015-01-01,\n" for n in (1, 2)))
    made = list(mutants(MUTANTS, 15))
    share = len(made) // NIGHTS
    for night in range(NIGHTS):
        for name, data in made[night * share : (night + 1) * share]:
            (site.path("inbox") / "labs" / name).write_bytes(data)
        answer = forked(Asked(str(site.root), f"2026-01-{5 + night:02d}T03:00"))
        assert (answer.status, answer.error) == (0, "")
        assert [note for note in answer.notes if "defect" in note] == []
        assert answer.peak_bytes <= MOST_MEMORY
        print(
            json.dumps({"night": night + 1, "refused": len(answer.refused), "peak MB": answer.peak_bytes // 1_000_000})
        )
    assert [path for path in site.path("inbox").rglob("*") if path.is_file()] == []
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        stored = {row[0] for row in con.execute("select file_id from store.clinical_file").fetchall()}
        refused = {row[0] for row in con.execute("select sha256 from store.refusal").fetchall()}
        defects = con.execute("select name, message from store.refusal where contains(message, 'defect')").fetchall()
    lost = [name for name, data in made if hashlib.sha256(data).hexdigest() not in stored | refused and data]
    assert (lost, defects) == ([], [])
