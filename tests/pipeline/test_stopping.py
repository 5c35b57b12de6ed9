"""A ctrl-C that was dropped where Python ignores exceptions ends the night at its next piece of work."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOST = """
import os, signal, sys
from pbis.pipeline.stopping import listen, stop_if_asked
listen()
class Dropping:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
stop_if_asked()
one = Dropping()
del one
print("went on")
try:
    stop_if_asked()
except KeyboardInterrupt:
    print("stopped")
"""


def test_an_interrupt_that_a_destructor_swallows_is_remembered() -> None:
    done = subprocess.run([sys.executable, "-c", LOST], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split("\n") == ["went on", "stopped", ""]


ASKED = """
import os, signal, sys
from pbis.pipeline.stopping import end_after_step, stop_if_asked
end_after_step()
stop_if_asked()
os.kill(os.getpid(), getattr(signal, sys.argv[1]))
print("the step goes on")
try:
    stop_if_asked()
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_served_night_that_is_asked_to_end_ends_after_its_step(name: str) -> None:
    done = subprocess.run([sys.executable, "-c", ASKED, name], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split("\n") == ["the step goes on", "stopped", ""]
