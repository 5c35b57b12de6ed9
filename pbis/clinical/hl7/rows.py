"""What HL7 v2 messages say, collected in columns while the messages pass: one row an OBX, beside its order and its message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.hl7.by_specimen import by_order
from pbis.clinical.hl7.segments import Message, Segment, field_of, part_of
from pbis.clinical.persons import person


@dataclass
class Order:
    """An OBR with its specimens. Times as sent; number: what ties its results together; is_cancelled: OBR-25 says that it has none."""

    person: str
    issued_at: str
    offset: str
    number: str = ""
    collected_at: str = ""
    resulted_at: str = ""
    material: str = ""
    is_cancelled: bool = False
    line: int = 0
    specimens: list[list[str]] = field(default_factory=list)


SPECIMEN_FIRST = ("OUL", "R22")
# SPM-11 (table 0369) of what was drawn from nobody, or from several: its numbers are no patient's.
NO_PATIENT = {
    "B": "a blind sample", "C": "a calibrator", "E": "an electronic control", "F": "a proficiency sample", "G": "a group of specimens",
    "L": "a pool of specimens", "O": "a proficiency sample", "Q": "a control", "V": "a verifying calibrator",
}  # fmt: skip
COLUMNS = {
    "kind": 2,
    "code": 3,
    "part": 4,
    "value": 5,
    "unit": 6,
    "reference": 7,
    "flags": 8,
    "status": 11,
    "observed_at": 14,
}
CANCELLED = "X"  # HL7 table 0123: no results available, order cancelled
TAKEN_BACK = (
    "OBX" + "|" * COLUMNS["status"] + CANCELLED
)  # what a cancelled order says of all its results, where it holds none itself
FLUSHED_AT = 1 << 10  # segments that wait as text to be split in one go; few enough to stay in the processor's cache


@dataclass
class Hl7Columns:
    """OBX segments in file order as columns of text; `order` points into `orders`."""

    orders: list[Order] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    chunks: dict[str, list[pa.Array]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def column(self, name: str) -> pa.Array:
        """Field of every OBX as sent, '' where the segment ends before it."""
        self._flush()
        return pa.chunked_array(self.chunks[name], pa.string()).combine_chunks()

    def take(self, segments: list[Segment]) -> None:
        """Add the results of one message, whose orders stand before their specimens."""
        header = segments[0].fields
        issued_at = part_of(field_of(header, 7), 1)
        site = part_of(field_of(header, 4), 1)
        who = order_number = ""
        current: Order | None = None
        offset = offset_of(issued_at)
        place, of_line, wait = -1, self.line.append, self.waiting.append
        for segment in segments:
            line, text, _ = segment
            name = text[:3]
            if name == "OBX":
                if current is None:
                    current, place = self._order(Order(who, issued_at, offset), place)
                of_line(line)
                wait(text)
            elif name == "PID":
                who, current, order_number = _person(segment.fields, site), None, ""
            elif name == "ORC":
                order_number = _number(segment.fields)
            elif name == "OBR":
                current, place = self._order(
                    _ordered(segment.fields, Order(who, issued_at, offset, line=line), order_number), place
                )
                order_number = ""
            elif name == "SPM" and current is not None:
                current.specimens.append(segment.fields)
        self._close(place)
        if len(self.waiting) >= FLUSHED_AT:
            self._flush()

    def _order(self, order: Order, last: int) -> tuple[Order, int]:
        """The order, and its place in `orders`; last: the place of the one before it."""
        self._close(last)
        self.orders.append(order)
        return order, len(self.orders) - 1

    def _close(self, place: int) -> None:
        """What was taken since the last order is of the one at this place; a cancelled one without results takes back what came before."""
        if place >= 0 and self.orders[place].is_cancelled and len(self.line) == len(self.order):
            self.line.append(self.orders[place].line)
            self.waiting.append(TAKEN_BACK)
        self.order += [place] * (len(self.line) - len(self.order))

    def _flush(self) -> None:
        """Split what waits, all segments at once, and keep the fields of COLUMNS."""
        if not self.waiting:
            return
        fields = pc.split_pattern(pa.array(self.waiting, pa.string()), "|")
        first, end = fields.offsets.to_numpy()[:-1], fields.offsets.to_numpy()[1:]
        fewest = int((end - first).min())
        for name, number in COLUMNS.items():
            if number < fewest:
                column = fields.values.take(pa.array(first + number))
            else:
                column = pc.fill_null(fields.values.take(pa.array(first + number, mask=first + number >= end)), "")
            self.chunks[name].append(column)
        self.waiting.clear()


def collect(messages: Iterable[Message]) -> tuple[Hl7Columns, dict[str, int]]:
    """The results of messages that hold some, and how many messages of other kinds were left out."""
    collected = Hl7Columns()
    others: dict[str, int] = {}
    for message in messages:
        kind = message.code
        if kind == "ORU":
            collected.take(message.segments)
        elif holds_results(message):
            collected.take(by_order(message.segments))
        else:
            event = part_of(message.kind, 2)
            name = kind if len(kind) == 3 and kind.isalnum() and kind.isupper() else "of an unknown kind"
            if kind == SPECIMEN_FIRST[0] and len(event) == 3 and event.isalnum():
                name = f"{kind}^{event}"
            others[name] = others.get(name, 0) + 1
    return collected, others


def holds_results(message: Message) -> bool:
    """Whether it is of a kind that is read: ORU, and of OUL the one whose orders stand below their specimen."""
    kind = message.code
    return kind == "ORU" or (kind, part_of(message.kind, 2)) == SPECIMEN_FIRST


def offset_of(moment: str) -> str:
    """The zone of MSH-7, which holds for every time of the message that has none: +0100, or ''."""
    sign = max(moment.rfind("+"), moment.rfind("-"))
    return moment[sign:] if sign >= 8 else ""


def zoned(moment: str, offset: str) -> str:
    """A time of day with the message's zone; a date, and a time with its own zone, stay as sent."""
    if not offset or len(moment) < 12 or offset_of(moment):
        return moment
    return moment + offset


def specimen_of(order: Order) -> str:
    """What ties results of one draw: the specimen's filler or placer number, else the order's number."""
    if not order.specimens:  # as most laboratories send
        return order.number
    found = {_specimen_number(each) for each in order.specimens} - {""}
    return found.pop() if len(found) == 1 else order.number


def collected_of(order: Order) -> str:
    """Collection time by SPM-17, else OBR-7; '' where specimens of one order disagree, which only OBX-14 can settle."""
    if not order.specimens:
        return zoned(order.collected_at, order.offset)
    found = {part_of(field_of(each, 17), 1) for each in order.specimens} - {""}
    if len(found) > 1:
        return ""
    return zoned(found.pop() if found else order.collected_at, order.offset)


def materials_of(order: Order) -> tuple[str, ...]:
    """What was drawn, as sent: SPM-4 of every specimen and OBR-15. Few differ within a file."""
    return (*(field_of(each, 4) for each in order.specimens), order.material)


def words_of(materials: Iterable[str]) -> list[str]:
    """Codes and words of materials."""
    return [word for text in materials for word in (part_of(text, 1), part_of(text, 2)) if word]


def refusal_of(order: Order) -> str:
    """Why no result of the order is a patient's, by the role of its specimen; '' where it may be."""
    if not order.specimens:
        return ""
    roles = [part_of(each[11], 1).upper() for each in order.specimens if len(each) > 11 and each[11]]
    found = next((role for role in roles if role in NO_PATIENT), "")
    return f"the specimen is {NO_PATIENT[found]} (SPM-11 {found!r}), not a patient's" if found else ""


def _person(fields: list[str], site: str) -> str:
    """PID-3 in all its repetitions, else PID-2; the assigning authority is the site, else the sending facility."""
    sent = field_of(fields, 3) or field_of(fields, 2)
    return person([(part_of(each, 4) or site, part_of(each, 1)) for each in sent.split("~")])


def _ordered(fields: list[str], order: Order, order_number: str) -> Order:
    order.number = _number(fields) or order_number
    order.collected_at = part_of(field_of(fields, 7), 1)
    order.resulted_at = zoned(part_of(field_of(fields, 22), 1), order.offset)
    order.material = field_of(fields, 15)
    order.is_cancelled = part_of(field_of(fields, 25), 1) == CANCELLED
    return order


def _number(fields: list[str]) -> str:
    """Filler order number, else the placer's (ORC and OBR have them at the same places)."""
    return part_of(field_of(fields, 3), 1) or part_of(field_of(fields, 2), 1)


def _specimen_number(fields: list[str]) -> str:
    return part_of(field_of(fields, 2), 2) or part_of(field_of(fields, 2), 1)
