"""A changed sentence of a suite: what stands is said in today's words, and nothing is computed anew.

Curves and results are taken as they are stored; the checks run over them again, and only words may come out otherwise. Where more
would (the rules by which a plate was computed are no longer the site's, because it cannot be read any more), its words stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

import warehouse
from pbis.core.curves.assay import AssayFrames
from pbis.core.frames import SPECS
from pbis.core.frames.model import concat
from pbis.pipeline.archive import archived_path
from pbis.pipeline.context import Night
from pbis.pipeline.judging import check
from pbis.pipeline.loading import only
from pbis.pipeline.plates import Desk, read_job
from pbis.pipeline.stages import Assayed, Judged, Loaded, PlateJob, ReadPlate, Told

# Of a finding or a verdict, what is words; everything else must come out as it is stored.
WORDS = frozenset({"message", "observed_text", "limit_text", "action", "source", "sentence"})
# Of two equally bad findings about one object that were joined, the one whose sentence sorts first gave these.
_OF_A_SENTENCE = frozenset({"observed", "limit_value", "suite_hash"})
_TABLES = ("finding", "analyte_verdict", "plate_verdict")


def say_in_todays_words(night: Night, before: Loaded) -> Loaded:
    """Say findings and verdicts of what stands, and findings on laboratory results, as today's suite words them."""
    suite = night.settings.suite
    plates = [
        one
        for one in warehouse.spoken_plates(night.con)
        if one.wording_hash != suite.wording_hash and one.suite_hash in suite.hashes
    ]
    size = night.site.file.runner.shard_size
    notes: list[str] = []
    for start in range(0, len(plates), size):
        notes += _say_plates(night, before, plates[start : start + size])
    for labs in warehouse.spoken_labs(night.con):
        if labs.wording_hash != suite.wording_hash:
            notes += _say_labs(night, labs)
    return replace(before, told=before.told + Told(tuple(notes)))


def _say_plates(night: Night, before: Loaded, spoken: Sequence[warehouse.Spoken]) -> Iterator[str]:
    desk = Desk.of(night)
    read = [(one, read_job(night, _job(night, one), desk)) for one in spoken]
    plates = [replace(plate, assay_id=one.owner_id) for one, plate in read if isinstance(plate, ReadPlate)]
    yield from (
        f"{one.name}: its words stay, it cannot be read any more" for one, plate in read if isinstance(plate, Told)
    )
    if not plates:
        return
    judged = check(night, _assayed(night, before, plates))
    rows = {"finding": judged.finding, **_verdicts(judged)}
    for one in spoken:
        mine = {name: only(table, one.owner_id) for name, table in rows.items()}
        stored = warehouse.frames_of(night.con, "assay_id", one.owner_id, _TABLES)
        if one.owner_id in {plate.assay_id for plate in plates}:
            yield from _say(night, one, mine, stored)


def _verdicts(judged: Judged) -> dict[str, pa.Table]:
    return {"analyte_verdict": judged.verdicts.analyte, "plate_verdict": judged.verdicts.plate}


def _job(night: Night, one: warehouse.Spoken) -> PlateJob:
    return PlateJob(one.source_id, one.name, archived_path(night.archive, "plates", one.source_id), None)


def _assayed(night: Night, before: Loaded, plates: Sequence[ReadPlate]) -> Assayed:
    """The plates as if they had been computed tonight, with what is stored of their curves."""
    stored = [warehouse.frames_of(night.con, "assay_id", plate.assay_id, tuple(_COMPUTED)) for plate in plates]
    frames = {name: concat(SPECS[table], [one[table] for one in stored]) for table, name in _COMPUTED.items()}
    return Assayed(before.told, before.inbox, before.imports, before.due, tuple(plates), AssayFrames(**frames))


_COMPUTED = {"result": "result", "curve": "curve", "standard_level": "level"}


def _say_labs(night: Night, one: warehouse.Spoken) -> Iterator[str]:
    import expectations

    stored = warehouse.frames_of(night.con, "import_id", one.owner_id, ("clinical_lab", "lab_finding"))
    found = expectations.check_labs(stored.pop("clinical_lab"), night.settings.suite)
    yield from _say(night, one, {"lab_finding": found}, stored)


def _say(night: Night, one: warehouse.Spoken, rows: dict[str, pa.Table], stored: dict[str, pa.Table]) -> Iterator[str]:
    """Store the rows in their new words; a note where more than words would change, or nothing at all is stored then."""
    if any(_decided(rows[name]) != _decided(stored[name]) for name in rows):
        yield f"{one.name}: its words stay, since today's rules would judge it otherwise"
        return
    kept = {name: _with_hash(table, stored[name]) for name, table in rows.items()}
    warehouse.say(night.con, night.night_id, one.owner_id, night.settings.suite.wording_hash, kept)


def _decided(table: pa.Table) -> list[dict[str, object]]:
    """Rows without their words."""
    names = [name for name in table.column_names if name not in WORDS | _OF_A_SENTENCE]
    rows = table.select(names).to_pylist()
    return sorted(rows, key=lambda row: [(value is not None, str(value)) for value in row.values()])


def _with_hash(table: pa.Table, stored: pa.Table) -> pa.Table:
    """The rows under the name of the suite that judged them: an earlier build may have named the same rules otherwise."""
    if "suite_hash" not in table.column_names or not stored.num_rows:
        return table
    name = stored.column("suite_hash")[0].as_py()
    at = table.column_names.index("suite_hash")
    return table.set_column(at, table.schema.field(at), pa.array([name] * table.num_rows, pa.string()))
