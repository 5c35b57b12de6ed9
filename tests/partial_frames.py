"""Frames of which a test says only what it is about; what it leaves out is null."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pbis.core.frames.model import FrameSpec


def partial(spec: FrameSpec, columns: Mapping[str, Any]) -> pa.Table:
    return spec.table(columns, absent=[name for name in spec.names if name not in columns])
