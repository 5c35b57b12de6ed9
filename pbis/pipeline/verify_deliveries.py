"""What was delivered against its record: the chain, the heads that the ledger saw, and what is kept of each message."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pbis.config import Site
from pbis.core.errors import IntegrityError
from pbis.core.withdrawn import Withdrawn
from pbis.pipeline.delivery_record import (
    CONSENT,
    GONE,
    Delivered,
    DeliveryRecord,
    KeptMessage,
    kept_folder,
    kept_path,
    read_kept,
    read_record,
    unanchored,
)
from pbis.pipeline.due import basis_hash
from pbis.pipeline.faults import SiteFault
from pbis.pipeline.handing_over import note_path
from pbis.pipeline.ledger import LedgerLine

_KIND = "delivery"


def delivery_faults(site: Site, entries: tuple[LedgerLine, ...], withdrawn: Withdrawn) -> Iterator[SiteFault]:
    """Faults of the record, then of each message that is kept. A delivery that was killed is no fault: the next one finishes it."""
    state = site.path("state")
    try:
        record = read_record(state)
    except IntegrityError as error:
        yield SiteFault(_KIND, "record", "an unbroken chain, and its key", str(error))
        return
    is_begun = note_path(state).exists()
    fault = None if is_begun else unanchored(record, entries, site.time_zone)
    if fault:
        yield SiteFault(_KIND, "record, as the ledger knows it", "the record that was anchored", fault)
    for line in record.messages:
        yield from _kept(state, record, line, withdrawn)
    known = {kept_path(state, line.message) for line in record.messages}
    for path in sorted(kept_folder(state).glob("*")):
        if path not in known and not is_begun:
            yield SiteFault(_KIND, f"delivered/{path.name[:12]}", "messages of the record", "one that it does not know")


def _kept(state: Path, record: DeliveryRecord, line: Delivered, withdrawn: Withdrawn) -> Iterator[SiteFault]:
    """A message is what was delivered, and says what the record says; of who withdrew consent none need be there."""
    name = f"message {line.message_id} to {line.recipient}"
    try:
        kept = read_kept(state, line.message)
    except IntegrityError as error:
        yield SiteFault(_KIND, name, f"bytes with sha256 {line.message[:12]}", str(error), line.release)
        return
    if kept is None:
        if line.subject not in withdrawn.subjects:
            yield SiteFault(_KIND, name, f"bytes with sha256 {line.message[:12]}", "no file", line.release)
    elif _said(record, line, kept) != line.basis:
        yield SiteFault(_KIND, name, "what the record says was told", "something else", line.release)


def _said(record: DeliveryRecord, line: Delivered, kept: KeptMessage) -> str:
    """The basis of what is kept: of a score its hash, of a message that takes one back the record's own word."""
    if kept.told is not None:
        return basis_hash(record, kept.told)
    return line.basis if line.basis in (GONE, CONSENT) else ""
