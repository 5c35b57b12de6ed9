#!/usr/bin/env bash
# In Great Expectations the 0.5 quantile of a column is not its median, lies above it for four values and below it for six, and is another
# number for the same table in a database.
#
# Versions: great-expectations 1.24.1, pandas 3.1.1, numpy 2.4.6, SQLAlchemy 2.0.58, SQLite of Python's.
# Seen: of 1, 2, 3, 4 ExpectColumnMedianToBeBetween observes 2.5, ExpectColumnQuantileValuesToBeBetween for 0.25, 0.5, 0.75 observes 2, 3, 3;
# of 1 to 6 it is 2, 3, 5 about a median of 3.5; of 1 to 8 it is 3, 5, 6 of a data frame and 2, 4, 6 of the same column in SQLite, where the
# median is 4.5. A data frame's quantile is the nearest value, and halves are rounded to the even place, so that the lower and the upper
# quartile of a symmetric column are not as far from its middle; SQLite's is the row whose number is that share of all, rounded up.
# Expected instead: 1.75, 2.5, 3.25 of 1 to 4 in both. Take the median's own expectation; a limit for a quantile holds for one number of
# rows and one engine.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check great-expectations==1.24.1 pandas==3.1.1 numpy==2.4.6 SQLAlchemy==2.0.58
venv/bin/python -W ignore - 2>/dev/null <<'PYTHON'
import sqlite3

import great_expectations as gx
import great_expectations.expectations as gxe
import numpy as np
import pandas as pd

QUANTILES = [0.25, 0.5, 0.75]
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
frames = context.data_sources.add_pandas("frames").add_dataframe_asset("column").add_batch_definition_whole_dataframe("all")
ranges = {"quantiles": QUANTILES, "value_ranges": [[0, 99]] * 3}
quantiles = gxe.ExpectColumnQuantileValuesToBeBetween(column="x", quantile_ranges=ranges)
median = gxe.ExpectColumnMedianToBeBetween(column="x", min_value=0, max_value=99)


def observed(batch):
    return batch.validate(quantiles).result["observed_value"]["values"], batch.validate(median).result["observed_value"]


def in_frame(column):
    return observed(frames.get_batch(batch_parameters={"dataframe": column}))


def in_sqlite(column):
    name = f"of_{len(column)}.db"
    with sqlite3.connect(name) as con:
        column.to_sql("readings", con, index=False)
    source = context.data_sources.add_sqlite(name, connection_string=f"sqlite:///{name}")
    table = source.add_table_asset("readings", table_name="readings").add_batch_definition_whole_table("all")
    return observed(table.get_batch())


found = {}
for count in (4, 6, 8):
    column = pd.DataFrame({"x": np.arange(1.0, count + 1)})
    found[count] = in_frame(column), in_sqlite(column)
    print(f"1 to {count}: frame {found[count][0]}, SQLite {found[count][1]}, interpolated {np.quantile(column.x, QUANTILES).tolist()}")
assert found[4] == (([2, 3, 3], 2.5), ([1, 2, 3], 2.5)), found[4]
assert found[6] == (([2, 3, 5], 3.5), ([2, 3, 5], 3.5)), found[6]
assert found[8] == (([3, 5, 6], 4.5), ([2, 4, 6], 4.5)), found[8]
PYTHON
