"""Every error that a user can cause, as one tree; the command line prints one line for each and exits with its code.

    PbisError                       exit
    |-- UsageError                  2     an argument or a combination of arguments that makes no sense
    |-- InputRefused                3     a file that is not accepted; names file, line, expected, found
    |   |-- UnrecognisedFormat      3     no reader claims the file, or it is of a kind that is refused by name
    |   |-- MalformedFile           3     a reader claims the file, but a line of it cannot be what it should be
    |   |-- BeyondLimits            3     more lines, cells or blocks than any export has
    |   |-- AmbiguousValue          3     a number, date or unit with two readings; never guessed
    |   |-- NoStandards             3     a plate without standards, or whose standards have no concentration
    |   |-- CorruptedLadder         3     standards whose expected concentrations cannot be right
    |   |-- TableRefused            3     a table whose content cannot be a study's
    |   |-- PanelMismatch           3     of none of the site's kits or of two, or analytes on other beads than they should be
    |   |-- QueryStopped            3     a question in SQL that takes longer, or more memory, than it may
    |   `-- UnstableFile            3     still growing, gone, a link, a directory, a device, too large
    |-- ConfigError                 4     site.toml, a panel, a cut-off set or a suite says something impossible;
    |                                   an extra of the install is missing, a folder hides one of our packages
    |-- SiteBusy                    5     another night holds the site
    |-- Conflict                    5     somebody else decided about the same plate meanwhile
    |-- IntegrityError              7     stored data does not match what it was derived from
    `-- SiteTrouble                 8     no room, no right, no such disk, a file system without locks or rename

Exit 0 is done, 1 a defect of this program (with a log), 6 a night that ended well but left something to a person:
refused input, or an open item that keeps a result back (docs/open-items.md).
docs/errors.md says the same with what to do; a test keeps the two equal.
"""

from __future__ import annotations

from collections.abc import Sequence

from pbis.core.wrong_cell import WrongCell


class PbisError(Exception):
    """Base of every error that is the user's to mend; `str()` of it is one line."""

    exit_code = 1  # a defect, as for any error that has no code of its own


class UsageError(PbisError):
    """The command line asks for something impossible."""

    exit_code = 2  # what click exits with for a command line that it refuses


class InputRefused(PbisError):
    """A file, or a line of one, is not accepted.

    file: name as the user knows it; line: 1-based line of the file, None where the file as a whole is meant;
    expected, found: short phrases; hint: what the user can do. Where several cells are wrong, `cells` names each and `brief`
    says how many; message, expected and found tell of them on one line.
    """

    exit_code = 3  # a file is refused

    def __init__(
        self,
        message: str,
        *,
        file: str = "",
        line: int | None = None,
        column: str | None = None,
        expected: str | None = None,
        found: str | None = None,
        hint: str | None = None,
        brief: str | None = None,
        cells: Sequence[WrongCell] = (),
    ) -> None:
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.expected = expected
        self.found = found
        self.hint = hint
        self._brief = brief
        self.cells = tuple(cells)
        super().__init__(message)

    @property
    def where(self) -> str:
        place = self.file or "input"
        if self.line is not None:
            place += f", line {self.line}"
        if self.column is not None:
            place += f", column {self.column}"
        return place

    @property
    def brief(self) -> str:
        """The message without the cells that `cells` names."""
        return self._brief or self.message

    @property
    def wrong_cells(self) -> tuple[WrongCell, ...]:
        """Every place that is named: `cells`, or the one of line, column, expected and found; none where nothing is known of it."""
        if self.cells or not any((self.line, self.column, self.expected, self.found)):
            return self.cells
        return (WrongCell(self.line, self.column or "", self.expected or "", self.found or ""),)

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}"
        if self.expected is not None:
            text += f"; expected {self.expected}"
        if self.found is not None:
            text += f"; found {self.found}"
        if self.hint is not None:
            text += f" ({self.hint})"
        return " ".join(text.split())

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_refusal, (type(self), self.message, dict(self.__dict__)))


def _rebuild_refusal(kind: type[InputRefused], message: str, state: dict[str, object]) -> InputRefused:
    error = kind(message)
    error.__dict__.update(state)
    return error


class TableRefused(InputRefused):
    """A table whose content cannot be a study's; `message` says file, column, row, expected and found by itself."""

    def __str__(self) -> str:
        return " ".join(self.message.split())


class UnrecognisedFormat(InputRefused):
    """No reader claims the file, or it is of a kind that is refused by name."""


class MalformedFile(InputRefused):
    """A reader claims the file, but a line of it cannot be what it should be."""


class BeyondLimits(MalformedFile):
    """The file has more lines, cells or blocks than any export; it is as long as it is, so not one that was cut off."""


class AmbiguousValue(InputRefused):
    """A number, date or unit has two readings, and the file holds nothing that decides."""


class NoStandards(MalformedFile):
    """A plate without standards, or whose standards have no expected concentration: nothing can be quantified."""


class CorruptedLadder(InputRefused):
    """Expected concentrations of the standards are no geometric series, or contradict % Recovery x Result."""


class PanelMismatch(InputRefused):
    """The export is of none of the site's kits or of two; or analytes lie on other beads than panel or names say."""


class UnstableFile(InputRefused):
    """The file is still growing, is a link, a directory or a device, or is larger than the configured cap."""


class QueryStopped(InputRefused):
    """A question in SQL was stopped: it takes longer, or more memory, than it may; `message` says which limit and how to raise it."""

    def __str__(self) -> str:
        return " ".join(self.message.split())


class ConfigError(PbisError):
    """site.toml, a panel, a cut-off set or a suite says something impossible."""

    exit_code = 4  # the configuration is


class SiteBusy(PbisError):
    """Another process holds the site's lock."""

    exit_code = 5  # try again later


class Conflict(PbisError):
    """What a person saw is not what stands any more: somebody decided meanwhile. The message lists what is newer; newer: the numbers of those
    decisions, where that is what changed."""

    exit_code = 5  # look again, then try again

    def __init__(self, message: str, newer: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.newer = newer


class IntegrityError(PbisError):
    """Stored data does not match what it was derived from."""

    exit_code = 7  # a person has to look


class SiteTrouble(PbisError):
    """A folder has no room, gives no right, or lies on a disk that is gone or cannot lock or rename."""

    exit_code = 8  # whoever runs the machine has to look
