"""The words, signs and flags that stand in cells of numbers, as tables: what means no value, which side of a range, which comparator.

What is not here is no number, and is never guessed at.
"""

from __future__ import annotations

import re

# Why there is no value, by the reasons that a component of the score may have.
_ABSENT = {
    "not_received": "|-|--|---|.|n/a|na|nan|-nan|null|none|nil|pending|in process|tnp|test not performed|not performed|not done"
    "|not received|not available|see note|see comment|see below|unknown|missing|#n/a",
    "not_ordered": "not ordered|not requested",
    "qns": "qns|nsq|quantity not sufficient|quantity insufficient|insufficient|insufficient quantity|insufficient sample"
    "|insufficient specimen|sample insufficient|no sample|no specimen",
    "failed_qc": "hemolyzed|haemolyzed|hemolysed|haemolysed|hemolysis|haemolysis|clotted|lipemic|lipaemic|icteric|invalid"
    "|error|contaminated|unsuitable|unsuitable specimen",
    "cancelled": "cancelled|canceled|canc|cancel",
    "entered_in_error": "entered in error|entered-in-error|error - disregard|disregard",
}
_BELOW = (
    "not detected|none detected|undetected|undetectable|not detectable|below detection|below detection limit|below limit of detection"
    "|below the limit of detection|below limit of quantification|below limit of quantitation|not quantifiable|below range|below lod"
    "|below loq|below lloq|oor<|<|bdl|bql|blq|bloq|bld|<llod|<lloq|<lod|<loq"
)
_ABOVE = "above range|above uloq|above limit of quantification|above limit of quantitation|oor>|>|>uloq|aql|alq|auloq"
TWO_MEANINGS = {
    "nd": "not detected or not done",
    "oor": "below or above the range",
    "out of range": "below or above the range",
}

ABSENT = {word: reason for reason, words in _ABSENT.items() for word in words.split("|")}
BELOW = frozenset(_BELOW.split("|"))
ABOVE = frozenset(_ABOVE.split("|"))

SIGNS = (  # the longer first
    ("<=", "<="),
    (">=", ">="),
    ("\N{LESS-THAN OR EQUAL TO}", "<="),
    ("\N{GREATER-THAN OR EQUAL TO}", ">="),
    ("\N{LESS-THAN OR SLANTED EQUAL TO}", "<="),
    ("\N{GREATER-THAN OR SLANTED EQUAL TO}", ">="),
    ("<", "<"),
    (">", ">"),
    ("=", "="),
)
COMPARATOR_WORDS = {
    "<=": "less than or equal to|less or equal|lower than or equal to|no more than|not more than|at most|up to|le",
    ">=": "greater than or equal to|greater or equal|more than or equal to|no less than|not less than|at least|ge",
    "<": "less than|lower than|smaller than|below|under|lt",
    ">": "more than|greater than|higher than|larger than|above|over|exceeds|gt",
}
# East Asia, where the word may stand behind the number. Korea's word for "or more" is one for "abnormal", too, and not here.
COMPARATOR_SIGNS = {"<": "小于|小於|低于|低於", ">": "大于|大於|高于|高於"}
COMPARATORS_BEHIND = {"未満": "<", "未满": "<", "以下": "<=", "以上": ">=", "미만": "<", "이하": "<=", "초과": ">"}
FLAG_WORDS = (
    "HH",
    "LL",
    "H",
    "L",
    "N",
    "A",
    "AA",
    "HIGH",
    "LOW",
    "High",
    "Low",
)  # HL7 table 0078, and as people write it
FLAG_SIGNS = "*!\N{UPWARDS ARROW}\N{DOWNWARDS ARROW}"

# Blanks that a program sets to hold the thousands of one number together; an ordinary blank may stand between two numbers.
GROUP_BLANKS = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}\N{FIGURE SPACE}"
GROUP_MARKS = "'\N{RIGHT SINGLE QUOTATION MARK}"

COMPARATOR = re.compile(
    "(?i:(?:{})(?=[\\s0-9.,])|{})\\s*".format(
        "|".join(w for words in COMPARATOR_WORDS.values() for w in sorted(words.split("|"), key=len, reverse=True)),
        "|".join([*(re.escape(sign) for sign, _ in SIGNS), *COMPARATOR_SIGNS.values()]),
    )
)
OPERATOR_OF = dict(SIGNS) | {word: op for op, words in COMPARATOR_WORDS.items() for word in words.split("|")}
OPERATOR_OF |= {word: op for op, words in COMPARATOR_SIGNS.items() for word in words.split("|")}
