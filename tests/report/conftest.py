"""Lets the tests of this folder import the plates and nights beside them; the two pages that most of them look at."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pbis.report import night_index, plate_report

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def page(request: pytest.FixtureRequest) -> str:
    """The page that the parameter names, made when a test asks for it and not while tests are collected."""
    from report_factory import night, plate

    return plate_report(plate()) if request.param == "plate" else night_index(night())
