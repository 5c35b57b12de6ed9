"""What HL7 v2 messages say, collected in columns while the messages pass: one row an OBX, beside its order and its message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from pbis.clinical.hl7_segments import Message, field_of, part_of
from pbis.clinical.persons import person


@dataclass
class Order:
    """An OBR with its specimens. Times as sent; number: what ties its results together."""

    person: str
    issued_at: str
    offset: str
    number: str = ""
    collected_at: str = ""
    resulted_at: str = ""
    material: str = ""
    specimens: list[list[str]] = field(default_factory=list)


COLUMNS = {"kind": 2, "code": 3, "part": 4, "value": 5, "unit": 6, "reference": 7, "status": 11, "observed_at": 14}
FLUSHED_AT = 1 << 7  # rows that wait as lists of fields; few enough to stay in the processor's cache


@dataclass
class Collected:
    """OBX segments in file order as columns of text; `order` points into `orders`."""

    orders: list[Order] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    waiting: list[list[str]] = field(default_factory=list)
    chunks: dict[str, list[pa.Array]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def column(self, name: str) -> pa.Array:
        """Field of every OBX as sent, '' where the segment ends before it."""
        self._flush()
        return pa.chunked_array(self.chunks[name], pa.string()).combine_chunks()

    def take(self, message: Message) -> None:
        """Add the results of one ORU message."""
        header = message.segments[0].fields
        issued_at = part_of(field_of(header, 7), 1)
        site = part_of(field_of(header, 4), 1)
        who = order_number = ""
        current: Order | None = None
        offset = offset_of(issued_at)
        for line, fields in message.segments:
            name = fields[0]
            if name == "OBX":
                if current is None:
                    current = self._order(Order(who, issued_at, offset))
                self.order.append(len(self.orders) - 1)
                self.line.append(line)
                self.waiting.append(fields)
            elif name == "PID":
                who, current, order_number = _person(fields, site), None, ""
            elif name == "ORC":
                order_number = _number(fields)
            elif name == "OBR":
                current = self._order(_ordered(fields, Order(who, issued_at, offset), order_number))
                order_number = ""
            elif name == "SPM" and current is not None:
                current.specimens.append(fields)
        if len(self.waiting) >= FLUSHED_AT:
            self._flush()

    def _order(self, order: Order) -> Order:
        self.orders.append(order)
        return order

    def _flush(self) -> None:
        for name, number in COLUMNS.items() if self.waiting else ():
            self.chunks[name].append(
                pa.array([f[number] if number < len(f) else "" for f in self.waiting], pa.string())
            )
        self.waiting.clear()


def collect(messages: Iterable[Message]) -> tuple[Collected, dict[str, int]]:
    """The results of ORU messages, and how many messages of other kinds were left out."""
    collected, others = Collected(), {}
    for message in messages:
        kind = part_of(message.kind, 1)
        if kind == "ORU":
            collected.take(message)
        else:
            name = kind if len(kind) == 3 and kind.isalnum() and kind.isupper() else "of an unknown kind"
            others[name] = others.get(name, 0) + 1
    return collected, others


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
    found = {_specimen_number(each) for each in order.specimens} - {""}
    return found.pop() if len(found) == 1 else order.number


def collected_of(order: Order) -> str:
    """Collection time by SPM-17, else OBR-7; '' where specimens of one order disagree, which only OBX-14 can settle."""
    found = {part_of(field_of(each, 17), 1) for each in order.specimens} - {""}
    if len(found) > 1:
        return ""
    return zoned(found.pop() if found else order.collected_at, order.offset)


def materials_of(order: Order) -> list[str]:
    """Codes and words for what was drawn: SPM-4 of every specimen and OBR-15."""
    fields = [field_of(each, 4) for each in order.specimens] + [order.material]
    return [word for text in fields for word in (part_of(text, 1), part_of(text, 2)) if word]


def _person(fields: list[str], site: str) -> str:
    """PID-3 in all its repetitions, else PID-2; the assigning authority is the site, else the sending facility."""
    sent = field_of(fields, 3) or field_of(fields, 2)
    return person([(part_of(each, 4) or site, part_of(each, 1)) for each in sent.split("~")])


def _ordered(fields: list[str], order: Order, order_number: str) -> Order:
    order.number = _number(fields) or order_number
    order.collected_at = part_of(field_of(fields, 7), 1)
    order.resulted_at = zoned(part_of(field_of(fields, 22), 1), order.offset)
    order.material = field_of(fields, 15)
    return order


def _number(fields: list[str]) -> str:
    """Filler order number, else the placer's (ORC and OBR have them at the same places)."""
    return part_of(field_of(fields, 3), 1) or part_of(field_of(fields, 2), 1)


def _specimen_number(fields: list[str]) -> str:
    return part_of(field_of(fields, 2), 2) or part_of(field_of(fields, 2), 1)
