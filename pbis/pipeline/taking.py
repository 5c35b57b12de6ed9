"""Out of a shared folder without a race: an entry is first renamed into a private folder beside it, and only then looked at.

Under its old name anybody may put another file at any moment; under the private one nobody does. So what is proven there is
what is removed or moved, and what is not wanted goes back without ever overwriting what came in the meantime.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

PREFIX = ".taken-"


def take(path: Path) -> Path | None:
    """Rename the entry into a private folder beside it; its new path, or None where nothing lies there. Raises OSError."""
    private = Path(tempfile.mkdtemp(prefix=PREFIX, dir=path.parent))
    try:
        path.rename(private / path.name)
    except FileNotFoundError:
        private.rmdir()
        return None
    except OSError:
        private.rmdir()
        raise
    return private / path.name


def remove(taken: Path) -> None:
    """Delete a taken file with its private folder."""
    taken.unlink()
    taken.parent.rmdir()


def put_back(taken: Path) -> Path:
    """Give a taken entry its name again, or the next free one where a newer entry has it; where it lies now."""
    home = bring(taken, taken.parent.parent)
    taken.parent.rmdir()
    return home


def recover(folder: Path) -> tuple[Path, ...]:
    """Put back what a killed night had taken out of the folder and neither removed nor put back."""
    found = []
    for private in sorted(folder.glob(f"{PREFIX}*")):
        found += [bring(entry, folder) for entry in sorted(private.iterdir())]
        private.rmdir()
    return tuple(found)


def bring(entry: Path, folder: Path) -> Path:
    """Move an entry into a folder of its file system under its own name, or the next free one; where it lies now."""
    home = folder / entry.name
    number = 2
    while not place(entry, home):
        home = folder / f"{entry.stem}-{number}{entry.suffix}"
        number += 1
    return home


def place(source: Path, home: Path) -> bool:
    """Move without overwriting; False where something has the name already. Raises OSError."""
    try:
        os.link(source, home, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError:  # a folder, or a file system without hard links: the gap is one system call long there
        if os.path.lexists(home):
            return False
        source.rename(home)
        return True
    source.unlink()
    return True
