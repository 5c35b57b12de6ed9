"""The formats that scores are delivered in, by the name that `--as` takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pbis.deliver.csv_rows import csv_head, csv_message
from pbis.deliver.fhir import fhir_message
from pbis.deliver.hl7v2 import hl7_message
from pbis.deliver.message import ScoreMessage


def _no_head() -> str:
    return ""


@dataclass(frozen=True)
class DeliveryFormat:
    """ending: of a file's name; write: a message as text; head: what stands before the messages of a file; is_joined: the messages of a
    delivery are one file."""

    ending: str
    write: Callable[[ScoreMessage], str]
    head: Callable[[], str] = _no_head
    is_joined: bool = False


FORMATS: Mapping[str, DeliveryFormat] = {
    "fhir": DeliveryFormat("json", fhir_message),
    "hl7": DeliveryFormat("hl7", hl7_message),
    "csv": DeliveryFormat("csv", csv_message, csv_head, is_joined=True),
}
