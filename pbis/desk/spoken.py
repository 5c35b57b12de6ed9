"""What the program says of a command, as the desk says it: by its buttons. The terminal keeps its words.

Sentences come from everywhere below: from errors, from what a night stored, from texts beside refused files. They are turned here, where they come to a
page; a test finds every sentence below that names a command, and fails where the desk has no words for it. The page of a plate that a night wrote stays
as it is, since it is what is signed.
"""

from __future__ import annotations

import re
from functools import partial

_SITE = r"(?: --site \S+?)?(?=[\s;,.:)]|$)"
# What stands for a command, in the order in which they are looked for.
_WORDS: tuple[tuple[str, str], ...] = (
    (
        (
            r"pbis decide tell --site SITE --file \S+ --label WELL=NAME, --date-order ORDER or --panel NAME, "
            r'--reason "\.\.\." --author "\.\.\."'
        ),
        "the form on the page of what waits",
    ),
    (r"pbis decide tell --file \S+ --label WELL=NAME", "its button under This morning"),
    (r"pbis decide tell --file \(hash\) --panel NAME", "its button under This morning"),
    (r"--label WELL=NAME, --date-order ORDER or --panel NAME", "what a well holds, the order of its dates, or its kit"),
    (r"--specimen BARCODE, --dilution FACTOR, or both", "its barcode, how it is diluted, or both"),
    (r"`pbis decide release` first", "say so first, by its button under This morning"),
    (r"until `pbis decide release` says", "until a person, by its button under This morning, says"),
    (r": pbis decide release\b", ", by its button under This morning"),
    (r"reverse it first \(pbis decide reverse \w+\)", "withdraw that first (Withdraw, beside it)"),
    (r"reverse the decision: pbis decide reverse", "withdraw the decision (Withdraw, beside it)"),
    (r"none; `pbis decide reverse \w+` restores it", "none; Withdraw, beside the decision, restores it"),
    (r"`pbis decide repeat` without --answered-by orders one", "the button Order a repeat orders one"),
    (r"`pbis decide list` shows (them|those that do)", r"the page of the plate shows \1"),
    (r"\(`pbis user password`\)", "(under your account)"),
    (r"`pbis user list` shows them", "Accounts shows them"),
    (r"\(pbis user add --role admin\)", "(at the foot of this page, or by another role)"),
    (r"let an admin enable the account again \(pbis user enable\)", "let an admin press Enable beside the account"),
    (r"\(pbis user password --link\)", "(New one-time link, under Accounts)"),
    (r"; `pbis release list` says what of them is in the site's lake", ""),
    (r"`pbis status` lists them", "This morning lists them"),
    (r"; run: pbis night" + _SITE, "; the next night does that"),
    (
        (
            r"\(pbis verify; docs/reliability\.md\); where it is meant to go: pbis night --site \S+ --accept-fall \S+ --reason \"WHY\" --author"
            r" \"YOUR NAME\""
        ),
        "with whoever runs the program (docs/reliability.md), who can also let it go",
    ),
    (r"(?:run|look with) pbis verify --site \S+$", "let whoever runs the program verify the site"),
    (r"`?pbis verify`?" + _SITE, "whoever runs the program can verify the site, which"),
    (
        r"propose its panel from this file: pbis panel propose FILE -o NAME\.toml; complete it, name it in \[assay\] panels of site\.toml,",
        "let whoever runs the program add its panel,",
    ),
    (r"; pbis labs map FILE --table \S+ shows what is known", ""),
    (r"(?<![\w-])--label(?: WELL=NAME)?(?![\w-])", "what wells hold"),
    (r"(?<![\w-])--specimen(?: BARCODE)?(?![\w-])", "the barcode"),
    (r"(?<![\w-])--dilution(?: FACTOR)?(?![\w-])", "the dilution"),
    (r"(?<![\w-])--date-order(?: ORDER)?(?![\w-])", "the order of the dates"),
    (r"(?<![\w-])--plate(?![\w-])", "the plate"),
)
# The same on the page of control charts, which a night wrote and nobody signs.
_ON_CHARTS: tuple[tuple[str, str], ...] = (
    ("<code>pbis decide keep</code>", "On the page of its plate, <b>Keep what a rule took</b>"),
    ("<code>pbis decide exclude</code>", "<b>Exclude</b>"),
    ("<code>pbis decide annotate</code>", "<b>Write a note on a control chart</b>"),
)
# A hint stands within a sentence, or begins a line of the text beside a refused file, with a capital.
_TURNED = tuple((re.compile(pattern, re.IGNORECASE), words) for pattern, words in _WORDS)


def spoken(text: str) -> str:
    """The sentence as the desk says it; one that names no command is as it was."""
    if "pbis " not in text and "--" not in text:
        return text
    for pattern, words in _TURNED:
        text = pattern.sub(partial(_begun_alike, words), text)
    return text


def _begun_alike(words: str, found: re.Match[str]) -> str:
    """The words in place of what was found, with a capital where that had one."""
    said = found.expand(words)
    return said[:1].upper() + said[1:] if found[0][:1].isupper() else said


def spoken_charts(written: str) -> str:
    """The page of control charts with buttons of the desk in place of commands."""
    for command, words in _ON_CHARTS:
        written = written.replace(command, words)
    return written
