#!/usr/bin/env bash
# Prefect's cache gives a task the result of other inputs where dictionaries differ in the kind of their keys, and never finds a set again.
#
# Version: prefect 3.8.8.
# Seen: with the cache policy INPUTS the key is a hash of the inputs as JSON, in which the keys 1 and "1" of a dictionary are one, True and "true", and
# None and "null". A task that looks up "1" and ran with {1: 5.4} is not run with {"1": 5.4}: its state is Cached, and it returns the None that the
# other input gave. A tuple and a list are one as well. A set cannot be JSON, so it is pickled in the order in which it lies in memory: the same
# set has another key in the next process, and a task with a set of analytes is computed each night.
# Expected instead: a result for other inputs is never handed out, and one for the same inputs is. Give tasks sorted tuples, and keys of one kind.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check prefect==3.8.8
export PREFECT_HOME="$work/home" DO_NOT_TRACK=1
cat > key.py <<'PYTHON'
import sys

from prefect.cache_policies import INPUTS

PANEL = ("IL-2", "IL-6", "IL-10", "TNF", "CRP", "IFN-g")
form = {"set": set, "tuple": tuple}[sys.argv[1]]
print(INPUTS.compute_key(task_ctx=None, inputs={"panel": form(PANEL)}, flow_parameters={}))
PYTHON
for form in set tuple; do
    keys="$(for seed in 1 2 3; do PYTHONHASHSEED=$seed venv/bin/python key.py "$form"; done | sort -u | wc -l)"
    echo "keys of one $form in three processes: $keys"
    test "$keys" -eq "$([ "$form" = set ] && echo 3 || echo 1)"
done
venv/bin/python - <<'PYTHON'
from prefect.cache_policies import INPUTS


def key(targets):
    return INPUTS.compute_key(task_ctx=None, inputs={"targets": targets}, flow_parameters={})


for one, other in (({1: 5.4}, {"1": 5.4}), ({True: "kept"}, {"true": "kept"}), ({None: 2}, {"null": 2}), ((1, 2), [1, 2])):
    print(one, "and", other, "have one key:", key(one) == key(other))
    assert key(one) == key(other), "they are told apart now"
assert key({"1": 5.4}) != key({"1": 5.5}) and key(1) != key("1")
PYTHON
