#!/bin/sh
# Prints the first interpreter that can carry the project, or says what to do on the machine at hand.
for python in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    command -v "$python" >/dev/null 2>&1 || continue
    "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || continue
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$python has no venv module: install it (Debian: apt-get install python3-venv) and run make again" >&2
        exit 1
    fi
    echo "$python"
    exit 0
done
echo "no python between 3.11 and 3.13 found: install one, or name it: make PYTHON=/path/to/python3.12 demo" >&2
exit 1
