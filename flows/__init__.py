"""Orchestration and nothing else; the only home of prefect. What a step does is in pbis.pipeline."""

from flows.quiet import silence
from pbis.packages import require_own

silence()
require_own(
    "expectations", "warehouse"
)  # also where a worker loads the flow from a folder that has such packages of its own
