"""`python -m pbis` is the command `pbis`."""

from __future__ import annotations

from pbis.cli import main

if __name__ == "__main__":
    main()
