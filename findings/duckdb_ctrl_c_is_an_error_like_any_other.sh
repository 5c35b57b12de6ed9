#!/usr/bin/env bash
# A ctrl-C in the middle of a question arrives as a RuntimeError, which `except Exception` takes for a defect: of the file that was being read, say.
#
# Version: duckdb 1.5.5 (Python).
# Seen: KeyboardInterrupt, or the SystemExit of a SIGTERM's handler, becomes RuntimeError("Query interrupted") with the true one as its cause; a
#   program that guards each of its files by `except Exception` goes on with the next one, and refuses a good file.
# Expected instead: KeyboardInterrupt and SystemExit as they are, which `except Exception` lets through. Look at __cause__ before anything is judged.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check duckdb==1.5.5
timeout 120 venv/bin/python - <<'PYTHON'
import os
import signal
import sys
import threading

import duckdb

LONG = "select count(*) from range(100_000_000_000) where hash(range) % 7 = 3"


def asked_to_end(number: int, frame: object) -> None:
    sys.exit(143)


signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, asked_to_end)
con = duckdb.connect(config={"threads": 1})  # with more, another thread may have the work, and nobody looks for signals meanwhile
for sign, true in ((signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)):
    threading.Timer(0.3, os.kill, (os.getpid(), sign)).start()
    try:
        con.execute(LONG).fetchall()
    except Exception as error:
        print(f"{sign.name}: {type(error).__name__}({error}), because of {error.__cause__!r}")
        assert type(error) is RuntimeError, type(error)
        assert isinstance(error.__cause__, true), error.__cause__
    else:
        raise AssertionError(sign)
    print("and the program goes on:", con.execute("select 1").fetchone())
PYTHON
