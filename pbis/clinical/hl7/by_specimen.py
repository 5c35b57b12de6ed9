"""Specimen-oriented messages (OUL^R22) in the order of an ORU: each order with the specimen that stands before it.

HL7 v2.5.1, 7.3.7: a specimen (SPM, its own OBX, its containers SAC) with its orders (OBR, then ORC), each with its results (OBX). In use
are two more orders, which a message shows by itself: ORC before its OBR, and SPM after the results, as in an ORU.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pbis.clinical.hl7.segments import Segment, field_of, part_of


def by_order(segments: list[Segment]) -> list[Segment]:
    """The segments that results need, as an ORU has them: ORC, OBR, SPM, OBX."""
    first = {name: at for at, name in reversed(list(enumerate(each.name for each in segments)))}
    if first.get("SPM", len(segments)) > first.get("OBR", len(segments)):
        return segments
    walk = _Walk(is_order_first=first.get("ORC", len(segments)) < first.get("OBR", len(segments)))
    for segment in segments:
        walk.take(segment)
    walk.put_order()
    return walk.out


@dataclass
class _Walk:
    """specimens: of the group that is open; order: its OBR while no result of it came; number: the ORC of that OBR, or of the next."""

    is_order_first: bool
    out: list[Segment] = field(default_factory=list)
    specimens: list[Segment] = field(default_factory=list)
    order: Segment | None = None
    number: Segment | None = None
    has_order: bool = False
    last: str = ""

    def take(self, segment: Segment) -> None:
        name = segment.name
        if name in ("SPM", "SAC"):
            self._specimen(segment)
        elif name == "OBR":
            self.put_order()
            self.order, self.has_order = segment, True
        elif name == "ORC":
            if self.is_order_first:
                self.put_order()
            self.number = segment
        elif name == "OBX":
            if not self.has_order and self.specimens:  # what was observed of the specimen itself
                self.order, self.has_order = Segment(segment.line, "OBR"), True
            self.put_order()
            self.out.append(segment)
        elif name == "PID":
            self._begin()
            self.out.append(segment)
        elif name == "MSH":
            self.out.append(segment)
        self.last = name

    def put_order(self) -> None:
        """The order that waited for its number, in front of its results."""
        if self.order is None:
            return
        self.out += [*([self.number] if self.number else []), self.order, *self.specimens]
        self.order = self.number = None

    def _specimen(self, segment: Segment) -> None:
        """Several SPM in a row are the specimens of the orders after them; a container names a specimen that has no number."""
        if segment.name == "SPM":
            if self.last not in ("SPM", "SAC"):
                self._begin()
            self.specimens.append(segment)
        elif self.specimens and not self.has_order:
            fields = self.specimens[-1].fields
            container = part_of(field_of(segment.fields, 3), 1)
            if container and not field_of(fields, 2).strip("^& "):
                fields += [""] * (3 - len(fields))
                fields[2] = field_of(segment.fields, 3)
                self.specimens[-1] = self.specimens[-1]._replace(text="|".join(fields))

    def _begin(self) -> None:
        self.put_order()
        self.specimens, self.has_order, self.number = [], False, None
