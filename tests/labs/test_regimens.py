"""Regimens by the table of spellings: what is one treatment, and what is not."""

from __future__ import annotations

import pytest

from pbis.labs.outcome_words import load_outcome_words

ONE = (
    *("AB", "atezo-bev", "Atezolizumab+Bevacizumab", "bevacizumab / atezolizumab", "Tecentriq & Avastin", "atezo, bev"),
    *(
        "Atezolizumab 1200 mg + Bevacizumab 15 mg/kg q3w",
        "atezolizumab with bevacizumab",
        "ATEZOLIZUMAB PLUS  BEVACIZUMAB",
    ),
)


@pytest.mark.parametrize("text", ONE)
def test_spellings_of_one_regimen(text: str) -> None:
    assert load_outcome_words().regimen(text) == "AB"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("LEN", "lenvatinib"),
        ("Lenvatinib 12 mg od", "lenvatinib"),
        ("Nexavar", "sorafenib"),
        ("tremelimumab + durvalumab", "durvalumab + tremelimumab"),
        ("atezolizumab", "atezolizumab"),
        ("bevacizumab", "bevacizumab"),
        ("atezolizumab + bevacizumab + tiragolumab", "atezolizumab + bevacizumab + tiragolumab"),
        ("atezolizumab + cabozantinib", "atezolizumab + cabozantinib"),
        ("no atezolizumab + bevacizumab", "no atezolizumab + bevacizumab"),
        ("Surgery", "surgery"),
    ],
)
def test_what_is_another_regimen_stays_one(text: str, name: str) -> None:
    assert load_outcome_words().regimen(text) == name
