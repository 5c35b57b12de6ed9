"""A small XML tree with line numbers, by expat; document types and entities are refused, nothing is ever fetched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from pbis.core.errors import MalformedFile, UnrecognisedFormat
from pbis.files.limits import PLATE, Limits


@dataclass
class Node:
    """An element: tag without its namespace prefix, first and last line, children in order, its own text."""

    tag: str
    attributes: dict[str, str]
    line: int
    last_line: int = 0
    children: list[Node] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces).strip()

    def all(self, tag: str) -> Iterator[Node]:
        """The children of that tag."""
        return (child for child in self.children if child.tag == tag)

    def first(self, *path: str) -> Node | None:
        """The first descendant along the path of tags."""
        node: Node | None = self
        for tag in path:
            node = next(node.all(tag), None) if node else None
        return node

    def text_of(self, *path: str) -> str:
        """The text of the descendant along the path, '' where there is none."""
        node = self.first(*path)
        return node.text if node else ""


def parse(name: str, data: bytes, limits: Limits = PLATE) -> Node:
    """The root. Raises MalformedFile with the line, UnrecognisedFormat where the file declares entities."""
    builder = _Builder(name, limits)
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise MalformedFile(
            "the XML is broken",
            file=name,
            line=error.lineno,
            expected="well-formed XML",
            found=expat.ErrorString(error.code),
        ) from None
    assert builder.root is not None
    return builder.root


class _Builder:
    """Gathers expat's events into nodes."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.root: Node | None = None
        self.stack: list[Node] = []
        self.count = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.EntityDeclHandler = self.doctype

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.count += 1
        most, deepest = self.limits.xml_elements, self.limits.xml_depth
        if self.count > most or len(self.stack) >= deepest:
            raise self._refuse("the XML holds more than a plate", f"at most {most} elements, {deepest} deep", "more")
        node = Node(tag.rpartition(":")[2], attributes, self.parser.CurrentLineNumber)
        if self.stack:
            self.stack[-1].children.append(node)
        else:
            self.root = node
        self.stack.append(node)

    def end(self, tag: str) -> None:
        self.stack.pop().last_line = self.parser.CurrentLineNumber

    def characters(self, text: str) -> None:
        self.stack[-1].pieces.append(text)

    def doctype(self, *_: object) -> None:
        raise self._refuse("the XML declares a document type or entities", "plain elements", "<!DOCTYPE or <!ENTITY")

    def _refuse(self, message: str, expected: str, found: str) -> UnrecognisedFormat:
        line = self.parser.CurrentLineNumber
        return UnrecognisedFormat(message, file=self.name, line=line, expected=expected, found=found)
