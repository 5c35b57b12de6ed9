"""Mending what a plate waits for: its layout, a barcode, a tube, what held wells hold, which of twins is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import File, Form, Request, Response, UploadFile

from pbis.config import load_site
from pbis.core.decision import RELEASE
from pbis.core.errors import Conflict, UsageError
from pbis.core.words import plural
from pbis.desk.items import ItemKey, Reason, Text, computing, item_here
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.desk.uploads import brought_in
from pbis.pipeline.bringing import bring_text, settled_name
from pbis.pipeline.deciding import Request as Asked
from pbis.pipeline.deciding import release, twins_of
from pbis.pipeline.pasting import pasted
from pbis.pipeline.plate_layout import (
    LaidPlate,
    LaidWell,
    corrected,
    for_plate,
    joined,
    laid_plate,
    layout_with,
    name_of,
    others_named,
)
from pbis.pipeline.releasing import CAUSE, release_well
from pbis.pipeline.sealing import enter_decisions
from pbis.pipeline.table_rows import register_tube, unknown_subject
from pbis.pipeline.waiting_layouts import waits_for

_TWIN = "twin"
_MOST_WELLS = 384  # of the largest plate that is read

PlateNumber = Annotated[int, Form(ge=1, le=1000)]
Cells = Annotated[list[str], Form(max_length=_MOST_WELLS)]
Block = Annotated[str, Form(max_length=100_000)]


def give_layout(
    request: Request, desk: DeskHere, person: PersonHere, key: ItemKey, file: Annotated[UploadFile, File()]
) -> Response:
    """Bring the file of a layout, which has to name the plate."""
    laid, site = laid_plate(desk.root, item_here(desk, key).run_id or ""), load_site(desk.root)
    others = others_named(file.file, file.filename or "", laid.plate, site.file.inbox.max_file_mb * 1_000_000)
    brought = brought_in(site, file, "layouts")
    if not brought.kind:
        raise UsageError(brought.words)
    notes = (f"It lays out {', '.join(others)} too, in the place of earlier layouts.",) if others else ()
    return computing(desk, person, f"Layout {brought.name} brought", brought.name, notes=notes, layout_of=laid.plate)


def type_layout(
    desk: DeskHere,
    person: PersonHere,
    key: ItemKey,
    cell: Cells,
    plate_number: PlateNumber = 1,
    seen: Text = "",
    block: Block = "",
) -> Response:
    """Write the layout from what was typed, a text a well, row by row. block: cells of a spreadsheet, laid over them; seen: the layout that
    the person saw."""
    laid = _laid(desk, key, seen)
    texts = _with_block(block, laid.numbered(plate_number), cell) if block.strip() else cell
    return _bring_layout(desk, person, laid, layout_with(laid, plate_number, texts), f"Layout of {laid.plate} typed")


def _with_block(block: str, wells: Sequence[LaidWell], typed: Sequence[str]) -> list[str]:
    """The block over what was typed into the wells, or over what the layout says where a form has no wells."""
    return pasted(block, wells, typed if len(typed) == len(wells) else [each.text for each in wells])


def correct_barcode(
    desk: DeskHere,
    person: PersonHere,
    key: ItemKey,
    barcode: Text,
    right: Text,
    seen: Text = "",
    is_replicate: Annotated[bool, Form()] = False,
) -> Response:
    """Write the layout anew with one barcode in the place of another. is_replicate: the person knows that other wells of the plate hold it."""
    laid = _laid(desk, key, seen)
    joins, wrong = joined(laid, barcode, right), laid.unregistered.get(barcode, [])
    if joins and wrong and not is_replicate:
        raise UsageError(
            f"{right.strip()!r} stands in {', '.join(joins)} of {laid.plate} already, and nothing was entered: {', '.join(wrong)} would be read as "
            f"{'a replicate' if len(wrong) == 1 else 'replicates'} of the same tube. Say so below where that is meant; else type the barcode that is right"
        )
    what = f"Barcode corrected in {plural(len(laid.unregistered.get(barcode, [])), 'well')} of {laid.plate}"
    return _bring_layout(desk, person, laid, corrected(laid, barcode, right), what)


def name_plate(desk: DeskHere, person: PersonHere, key: ItemKey, plate: Text) -> Response:
    """Write a layout anew for the plate that it means."""
    item = item_here(desk, key)
    text = for_plate(desk.root, item.object_key, plate)
    _require_no_other(desk, plate)
    home = bring_text(load_site(desk.root), "layouts", settled_name(plate, name_of(text)), text)
    return computing(desk, person, f"Layout given to {plate}", home.name, layout_of=plate)


def register(
    desk: DeskHere,
    person: PersonHere,
    key: ItemKey,
    barcode: Text,
    subject: Text,
    collected_at: Text,
    material: Text = "",
) -> Response:
    """Register a tube."""
    item_here(desk, key)
    notes = unknown_subject(desk.root, subject)
    home = register_tube(desk.root, barcode, subject, collected_at.replace("T", " "), material, desk.clock)
    return computing(desk, person, "Tube registered", home.name, notes=notes)


def release_wells(
    desk: DeskHere,
    person: PersonHere,
    key: ItemKey,
    reason: Reason,
    place: Annotated[list[str], Form(max_length=_MOST_WELLS)],
    specimen: Cells,
    dilution: Cells,
) -> Response:
    """Say what held wells hold. place: number of the plate and well of each, as `1/H4`; a well of which nothing is typed goes on waiting."""
    run_id = item_here(desk, key).run_id or ""
    if not len(place) == len(specimen) == len(dilution):
        raise UsageError("expected a barcode and a dilution, or nothing, for each well")
    if len(set(place)) < len(place):
        raise UsageError("a well is named twice; open the page again")
    asked = []
    for each, tube, factor in zip(place, specimen, dilution, strict=True):
        number, _, well = each.partition("/")
        if not number.isdecimal() or not well:
            raise UsageError(f"{each!r} is no well of a plate")
        own = Asked(RELEASE, person.account, CAUSE, reason, plate=run_id, plate_number=int(number[:4]), well=well)
        if tube.strip() or factor.strip():
            asked.append((own, tube.strip() or None, _factor(factor)))
    if not asked:
        raise UsageError("say of one well at least what it holds, or how it is diluted")
    meant = [
        release_well(desk.root, own, desk.clock, specimen=tube_or_none, dilution=factor_or_none, is_dry_run=True)
        for own, tube_or_none, factor_or_none in asked
    ]
    enter_decisions(load_site(desk.root), [one.decision for one in meant])  # all of them, or none
    return computing(desk, person, f"{plural(len(asked), 'well')} released")


def release_plate(desk: DeskHere, person: PersonHere, key: ItemKey, reason: Reason, run: Text) -> Response:
    """Say which of plates that share their readings is right: the others are excluded. run: number of the plate and its run."""
    twins = {
        f"{row['plate_number']}/{row['run_id']}": row for row in twins_of(desk.root, item_here(desk, key).run_id or "")
    }
    if run not in twins:
        raise UsageError("choose one of the plates that wait")
    row = twins[run]
    asked = Asked(RELEASE, person.account, _TWIN, reason, plate=row["run_id"], plate_number=row["plate_number"])
    release(desk.root, asked, desk.clock)
    return computing(desk, person, f"{row['plate']} of {row['file_name']} is the right one")


def _factor(text: str) -> float | None:
    try:
        return float(text) if text.strip() else None
    except ValueError:
        raise UsageError(f"{text!r} is no factor; expected a number such as 4") from None


def _laid(desk: DeskSite, key: str, seen: str) -> LaidPlate:
    """The plate as it is now. Conflict where another layout came since the person looked, or one is there that is not computed yet: this one would be
    made from the layout before it, and take its corrections back."""
    laid = laid_plate(desk.root, item_here(desk, key).run_id or "")
    _require_no_other(desk, laid.plate)
    if (laid.layout_file_id or "") != seen:
        raise Conflict(f"another layout of {laid.plate} came since you opened this page; open it again and look")
    return laid


def _require_no_other(desk: DeskSite, plate: str) -> None:
    is_coming = any(job.is_open and job.layout_of == plate for job in desk.work.jobs())
    if is_coming or waits_for(desk.root, plate):
        raise Conflict(
            f"another layout of {plate} is being computed, and nothing was entered: wait until the page Work says that it is done, open this page "
            "again, and correct it then"
        )


def _bring_layout(desk: DeskSite, person: PersonHere, laid: LaidPlate, text: str, what: str) -> Response:
    home = bring_text(load_site(desk.root), "layouts", settled_name(laid.plate, name_of(text)), text)
    return computing(desk, person, what, home.name, layout_of=laid.plate)
