"""Time and memory of the check hop against the number of readings: measures, one validation a table, findings, verdicts.

python bench/check.py [LARGEST]      160 plates by default: 20, 40, 80 ... x 41 analytes

Plates are ten simulated ones, under new names as often as it takes. Each size runs in a process of its own, whose peak of
resident memory is read before and after. Linear means: from size to size the seconds and megabytes a thousand readings stay.
"""

from __future__ import annotations

import gc
import multiprocessing
import resource
import sys
import time
from dataclasses import replace

import pyarrow as pa
from quality import GOOD_SEED, RAW, _frames, _read

from expectations import judge, load_suite
from pbis.core.measures.qc import CheckFrames
from pbis.core.verdicts.roll_up import roll_up
from pbis.simulate import example_plate
from pbis.simulate.load import example_kit

MADE, SMALLEST = 10, 20
TABLES = ("result", "curve", "level", "well", *RAW)


def main() -> None:
    """Print a row a size, and the straight line through them."""
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 160
    kit = example_kit(1000, 41)
    ten = _frames([_read(example_plate(GOOD_SEED + i, 1, kit)) for i in range(MADE)], "research", None)
    print(f"{'plates':>7}{'readings':>10}{'seconds':>9}{'MB more':>9}{'ms a 1000 readings':>20}{'kB a reading':>14}")
    sizes = [SMALLEST * 2**i for i in range(20) if SMALLEST * 2**i <= largest]
    rows = [(plates, *_in_own_process(ten, plates)) for plates in sizes]
    for plates, readings, seconds, more in rows:
        print(
            f"{plates:>7}{readings:>10}{seconds:>9.2f}{more:>9.0f}{1e6 * seconds / readings:>20.2f}{1000 * more / readings:>14.2f}"
        )
    if len(rows) > 1:
        (_, n0, s0, m0), (_, n1, s1, m1) = rows[-2:]
        print(f"between the last two: {1e6 * (s1 - s0) / (n1 - n0):.2f} ms and {1000 * (m1 - m0) / (n1 - n0):.2f} kB a further 1000 / 1 readings")  # fmt: skip


def _in_own_process(ten: CheckFrames, plates: int) -> tuple[int, float, float]:
    context = multiprocessing.get_context("fork")
    with context.Pool(1) as pool:
        return pool.apply(_measured, (ten, plates))


def _measured(ten: CheckFrames, plates: int) -> tuple[int, float, float]:
    """Readings, seconds and megabytes of resident memory beyond the frames themselves and the libraries."""
    judge(ten, load_suite("research"))
    frames = repeated(ten, plates // MADE)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    checked = judge(frames, load_suite("research"))
    roll_up(frames.result, checked.finding, frames.curve, checked.judged)
    seconds = time.perf_counter() - begun
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return frames.result.num_rows, seconds, more


def repeated(frames: CheckFrames, times: int) -> CheckFrames:
    """The same plates under `times` names each."""
    tables = {name: pa.concat_tables([_named(getattr(frames, name), i) for i in range(times)]) for name in TABLES}
    runs = [(i, run) for i in range(times) for run in frames.run]
    return replace(
        frames,
        run=tuple(replace(run, run_id=f"{run.run_id}-{i}") for i, run in runs),
        assay_of_run={f"{run.run_id}-{i}": f"{frames.assay_of_run[run.run_id]}-{i}" for i, run in runs},
        panels={f"{run.run_id}-{i}": None for i, run in runs},
        **tables,
    )


def _named(table: pa.Table, number: int) -> pa.Table:
    for name in {"run_id", "assay_id"} & set(table.column_names):
        at = table.column_names.index(name)
        texts = pa.array([f"{text}-{number}" for text in table.column(name).to_pylist()], pa.string())
        table = table.set_column(at, table.schema.field(name), texts)
    return table


if __name__ == "__main__":
    main()
