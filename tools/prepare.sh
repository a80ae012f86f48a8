#!/bin/sh
# Finds a Python that Sojourn supports and lets tools/prepare.py do the rest. It is a shell script because the machine
# may have no fitting Python, and then that must be said in one sentence. Arguments are handed on.
set -eu
cd "$(dirname "$0")/.."

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

for python in ${PYTHON:-${VENV:-.venv}/bin/python python3 python3.13 python3.12 python3.11}; do
    if fits "$python"; then
        exec "$python" tools/prepare.py "$@"
    fi
done

found=$(${PYTHON:-python3} -c 'import platform; print("Python " + platform.python_version())' 2>/dev/null || echo "no Python")
echo "Sojourn needs Python 3.11, 3.12 or 3.13 and found ${found}: install one, or name it as in 'make run PYTHON=/path/to/python3.12'." >&2
exit 3
