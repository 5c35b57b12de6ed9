"""Mending a file: what it leaves open is told, it is tried again as it is, or another is brought; a record number is linked, a lot corrected,
an item put off, a decision reversed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import File, Form, Response, UploadFile

from pbis.config import load_site
from pbis.core.decision import REVERSE
from pbis.core.errors import UsageError
from pbis.core.open_items import OpenItem
from pbis.desk.deciding_page import require_right_to_reverse
from pbis.desk.items import ItemKey, Reason, Text, computing, item_here
from pbis.desk.routing import DeskHere, PersonHere
from pbis.desk.uploads import brought_in, in_words
from pbis.pipeline.deciding import Request as Asked
from pbis.pipeline.deciding import decide
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.open_now import put_off
from pbis.pipeline.refused_file import refused_bytes, try_again
from pbis.pipeline.sheet_rows import correct_lot
from pbis.pipeline.table_rows import link_record
from pbis.pipeline.telling import labels_of, tell

_AT_ONCE = 20  # files of one form: a plate and what belongs to it; own choice

Labels = Annotated[str, Form(max_length=20_000)]


def tell_of_it(
    desk: DeskHere,
    person: PersonHere,
    key: ItemKey,
    reason: Reason,
    date_order: Text = "",
    panel: Text = "",
    labels: Labels = "",
    plate_number: Annotated[int, Form(ge=1, le=1000)] = 1,
) -> Response:
    """Say what a refused plate leaves open: the order of its dates, its kit, labels of wells (a line each, `H4=P105`)."""
    refused = refused_bytes(desk.root, _file(desk, key).object_key)
    lines = [line for line in labels.splitlines() if line.strip()]
    facts: dict[str, object] = {"label": labels_of(lines)} if lines else {}
    facts |= {name: text for name, text in (("date_order", date_order), ("panel", panel)) if text}
    if not facts:
        raise UsageError("say something about the file: the order of its dates, its kit, or what a well holds")
    if date_order and date_order not in {each.order for each in refused.orders}:
        raise UsageError("choose one of the two readings of the dates")
    tell(
        desk.root,
        refused.file_id,
        facts,
        desk.clock,
        author=person.account,
        reason=reason,
        plate_number=plate_number,
    )
    return computing(desk, person, f"{refused.name} is read again with what was told of it", refused.name)


def again(desk: DeskHere, person: PersonHere, key: ItemKey) -> Response:
    """Try a refused file again as it is."""
    home = try_again(desk.root, _file(desk, key).object_key)
    return computing(desk, person, f"{home.name} is tried again", home.name)


def bring_for(
    desk: DeskHere,
    person: PersonHere,
    key: ItemKey,
    files: Annotated[list[UploadFile], File(max_length=_AT_ONCE)],
    with_file: Text = "",
) -> Response:
    """Bring a mended copy, or what was missing. with_file: the refused file is tried again with it."""
    item, site = item_here(desk, key), load_site(desk.root)
    kind = item.object_key.partition("/")[0] if item.kind == "file_in_quarantine" and not with_file else ""
    brought = [brought_in(site, file, kind) for file in files]
    names = {each.name for each in brought if each.kind}
    if not names:
        raise UsageError("; ".join(f"{each.name}: {each.words}" for each in brought))
    if with_file:
        names.add(try_again(desk.root, item.object_key).name)
    return computing(
        desk,
        person,
        f"Brought {in_words(brought)}",
        *names,
        notes=tuple(f"{each.name}: {each.words}" for each in brought),
    )


def link(
    desk: DeskHere,
    person: PersonHere,
    key: ItemKey,
    record_number: Text,
    subject: Text,
    hospital: Text = "",
    valid_from: Text = "",
    valid_to: Text = "",
) -> Response:
    """Say whose a record number is. It stands in no address, list or message."""
    item_here(desk, key)
    home = link_record(desk.root, record_number, subject, hospital, valid_from, valid_to)
    return computing(desk, person, "A record number was linked", home.name)


def give_lot(desk: DeskHere, person: PersonHere, key: ItemKey, lot: Text = "", plate: Text = "") -> Response:
    """Say of which lot a lot sheet is, or for which plate."""
    home = correct_lot(desk.root, item_here(desk, key).object_key, lot=lot, plate=plate)
    return computing(desk, person, f"Lot sheet {home.name} brought", home.name)


def later(desk: DeskHere, person: PersonHere, key: ItemKey, reason: Reason, until: Annotated[date, Form()]) -> Response:
    """Put an item off until a day."""
    item = item_here(desk, key)
    put_off(desk.root, item.kind, item.object_key, until, desk.clock, author=person.account, reason=reason)
    return computing(desk, person, f"Put off until {until}")


def reverse(desk: DeskHere, person: PersonHere, key: ItemKey, reason: Reason) -> Response:
    """Reverse a decision that touches nothing any more."""
    item = item_here(desk, key)
    if item.kind != "decision_not_applying":
        raise UsageError("this is about no decision")
    require_right_to_reverse(person, log_of(load_site(desk.root)), int(item.object_key))
    asked = Asked(REVERSE, person.account, "entered_in_error", reason, reverses=int(item.object_key))
    decide(desk.root, asked, desk.clock)
    return computing(desk, person, f"Decision {item.object_key} reversed")


def _file(desk: DeskHere, key: str) -> OpenItem:
    item = item_here(desk, key)
    if item.kind != "file_in_quarantine":
        raise UsageError("this is about no file in quarantine")
    return item
