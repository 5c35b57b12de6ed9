"""How clinical files are read: a name for it, by which an import that was read otherwise is told apart; apart from the readers, so that asking costs none of them."""

from __future__ import annotations

# What a file of results, specimens or treatments says, in words that change when the readers do: archived files are then read anew, so that a fix reaches
# what came before it.
READING = (
    "one bad row is one bad row, one grammar of numbers, unmapped words counted; results inside reports, second units; "
    "units in words and other scripts, declared encodings, names of the laboratory's own; "
    "files of FHIR that belong together, specimen-oriented messages; U after P; midnight is a day; fifteen digits; off the scale; days of Greenwich"
)
