"""Whether the desk answers."""

from __future__ import annotations

from fastapi.responses import JSONResponse


def health() -> JSONResponse:
    """200 as soon as the desk can serve."""
    return JSONResponse({"status": "ok"})
