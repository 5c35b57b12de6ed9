"""Whose code system a coding names: one that everybody shares, in which a short name may mean another thing, or the laboratory's own.

AFP is alpha-fetoprotein in a laboratory, and acute flaccid paralysis in a registry of notifiable diseases. Source: HL7 table 0396,
terminology.hl7.org, the OID registry of HL7.
"""

from __future__ import annotations

import re

_SHARED = re.compile(
    r"(?:SCT2?|SNM3?|SNT|SNOMED.*|I(?:9|10|11)[A-Z]*|ICD.*|C[45]|CPT.*|HCPCS|HPC|NIP.*|CDC.*|PHIN.*|HL7.*|UCUM|NCI.*|RXNORM|MDC|"
    r"MVX|CVX|NDC|UMLS|MESH|ATC|WHO.*|OMOP.*)"
    r"|https?://(?:[^/]*\.)?(?:snomed\.info|hl7\.org|nih\.gov|ama-assn\.org|who\.int|cdc\.gov|unitsofmeasure\.org)(?:/.*)?"
    r"|(?:urn:oid:)?2\.16\.840\.1\.(?:113883\.(?:5|6|12)\..*|114222\..*)"
    r"|.*(?:registry|surveillance|notifiable).*",
    re.IGNORECASE,
)


def is_own(system: str) -> bool:
    """Whether names of the system may be the laboratory's own: none is named, it is called local, or nobody else shares it."""
    return _SHARED.fullmatch(system.strip()) is None
