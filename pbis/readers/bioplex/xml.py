"""Bio-Plex Manager's XML: samples with their member wells, the beads of every well, and the standard curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pbis.core.plates.plate import PlateRead
from pbis.core.words import plural
from pbis.files.xml_tree import Node, parse
from pbis.readers.bioplex.frames import Account, assemble
from pbis.readers.bioplex.row import BioplexRow, Curve, Fact, Place
from pbis.readers.bioplex.sheet import coefficients
from pbis.readers.kit.document import Document
from pbis.readers.kit.notes import Notes

FORMAT = "bioplex_xml"
_CONSUMED = frozenset({"Samples", "Wells", "StandardCurves"})
_STATISTICS = {
    "Mean": "mean",
    "StdDev": "std_dev",
    "PercentCV": "cv_pct",
    "TrimmedMean": "trimmed_mean",
    "TrimmedStdDev": "trimmed_std_dev",
    "RegionCount": "bead_count",
}
_DROPPED = "RunConditions, RunSettings and MachineInfo of single wells"


@dataclass
class XmlContent:
    """Everything that the file holds, in the form that the workbooks have too."""

    rows: list[BioplexRow] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    curves: dict[str, Curve] = field(default_factory=dict)
    named: dict[str, Fact] = field(default_factory=dict)


def claims(document: Document) -> bool:
    """True for XML whose root is a BioPlexManager element."""
    head = document.text.text[:4096].lstrip("\ufeff \n\t") if document.text else ""
    return (
        head.startswith("<")
        and ":BioPlexManager " in head.partition(">")[0] + head.partition("?>")[2].partition(">")[0]
    )


def read(document: Document) -> PlateRead:
    """Read one export. Raises MalformedFile, AmbiguousValue or CorruptedLadder with line, expected and found."""
    root, notes = parse(document.name, document.data), Notes()
    content = XmlContent()
    beads = _beads(document.name, root)
    names = _analyte_names(root)
    content.curves = dict(_curves(root, names))
    content.rows = [row for sample in _samples(root) for row in _rows(document.name, sample, beads, names, notes)]
    content.facts = list(_facts(root))
    content.named = _named(root)
    return assemble(document, FORMAT, content, _account(root, notes), notes)


def _samples(root: Node) -> Iterator[Node]:
    """Blank, Control, Standard, Unknown elements."""
    for group in (root.first("Samples") or root).children:
        for sample in group.children:
            if sample.first("MemberWells"):
                yield sample


def _analyte_names(root: Node) -> dict[str, str]:
    """Bead region -> analyte; a name that two regions share is told apart by the region."""
    found: dict[str, str] = {}
    for sample in _samples(root):
        for well in (sample.first("MemberWells") or sample).children:
            for analyte in (well.first("MWAnalytes") or well).all("MWAnalyte"):
                found.setdefault(analyte.attributes.get("RegionNumber", ""), analyte.text_of("AnalyteName"))
    shared = [name for name in found.values() if list(found.values()).count(name) > 1 or not name]
    return {region: f"{name} ({region})" if name in shared else name for region, name in found.items()}


def _beads(file: str, root: Node) -> dict[tuple[str, str], Mapping[str, str]]:
    """(well, region) -> statistics of its beads; (well, '') -> what is said of the whole well."""
    found: dict[tuple[str, str], Mapping[str, str]] = {}
    for well in (root.first("Wells") or Node("", {}, 0)).all("Well"):
        name = _well(file, well)
        found[name, ""] = {"total_events": well.text_of("TotalEvents")}
        for bead in (well.first("BeadRegions") or Node("", {}, 0)).all("BeadRegion"):
            values = {target: bead.text_of(tag) for tag, target in _STATISTICS.items()}
            found[name, bead.attributes.get("RegionNumber", "")] = values | {"median": bead.text_of("Median")}
    return found


def _rows(
    file: str, sample: Node, beads: Mapping[tuple[str, str], Mapping[str, str]], names: Mapping[str, str], notes: Notes
) -> Iterator[BioplexRow]:
    expected = {
        node.attributes.get("RegionNumber", ""): node.text_of("ExpectedConc")
        for node in (sample.first("Analytes") or Node("", {}, 0)).children
    }
    code, description = sample.text_of("Label"), sample.text_of("Description")
    for well in (sample.first("MemberWells") or sample).all("MemberWell"):
        name = _well(file, well)
        for analyte in (well.first("MWAnalytes") or well).all("MWAnalyte"):
            region = analyte.attributes.get("RegionNumber", "")
            own = dict(beads.get((name, region), {}))
            values = own | dict(beads.get((name, ""), {})) | _reading(analyte, own.pop("median", ""), notes)
            values |= {"dilution": sample.text_of("Dilution"), "expected": expected.get(region, "")}
            place = Place(file, "", analyte.line)
            yield BioplexRow(place, names[region], code, description, (name,), name, values, region)


def _reading(analyte: Node, median: str, notes: Notes) -> dict[str, str]:
    """The median of the beads, else the reading that the software took; its concentration only where it stands by it."""
    reading = analyte.first("Reading") or Node("Reading", {}, analyte.line)
    if median and reading.text and float_or_none(median) != float_or_none(reading.text):
        notes.add(
            "reading_differs",
            "readings of samples differ from the medians of their beads; medians are used",
            reading.line,
        )
    concentration = analyte.first("MWObsConc") or Node("MWObsConc", {}, analyte.line)
    error = concentration.attributes.get("ReadError", "")
    is_known = concentration.attributes.get("ReadingOK", "").casefold() == "true"
    outlier = reading.attributes.get("OutlierType", "None")
    return {
        "mfi": median or reading.text,
        "result_reported": concentration.text if is_known else error if error.upper().startswith("OOR") else "",
        "range_text": concentration.attributes.get("RecoveryRange", "") if is_known else "",
        "comment": "" if outlier == "None" else f"Outlier: {outlier}",
        "errors": "" if reading.attributes.get("Code", "0") == "0" else reading.attributes["Code"],
    }


def float_or_none(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _well(file: str, node: Node) -> str:
    row, column = (node.attributes.get(name, "") for name in ("RowNo", "ColNo"))
    if not (row.isdecimal() and column.isdecimal() and 1 <= int(row) <= 16 and 1 <= int(column) <= 24):
        raise Place(file, "", node.line).refuse(
            "an element names no well", expected="RowNo 1 to 16, ColNo 1 to 24", found=f"{row!r}, {column!r}"
        )
    return f"{chr(ord('A') + int(row) - 1)}{int(column)}"


def _curves(root: Node, names: Mapping[str, str]) -> Iterator[tuple[str, Curve]]:
    criteria = root.first("Wells", "Well", "RunSettings", "StopReadingCriteria")
    beads = float_or_none(criteria.attributes.get("BeadCount", "")) if criteria else None
    curves = {
        n.attributes.get("RegionNumber", ""): n
        for n in (root.first("StandardCurves", "Interpolators") or root).all("Interpolator")
    }
    for region, name in names.items():
        node = curves.get(region, Node("", {}, 0))
        texts = [child.text for child in node.children]
        found = next((c for text in texts if (c := coefficients(text))), {})
        yield name, Curve(node.text_of("Regression") or None, found, node.text_of("ConcentrationUnits") or None, beads)


def _facts(root: Node) -> Iterator[Fact]:
    """The root, and every plain element under it: one fact a line."""
    seen: set[int] = set()
    for node in (root, *root.children):
        words = [f"{key}={value}" for key, value in node.attributes.items()] + [node.text] * bool(node.text)
        if (node is root or not node.children) and node.line not in seen:
            seen.add(node.line)
            yield Fact(node.line, node.tag, " | ".join(words) or None)


def _named(root: Node) -> dict[str, Fact]:
    """What the run's fields are taken from."""
    well = root.first("Wells", "Well") or Node("", {}, 1)
    texts = {
        "bioplexmanagerversion": root.attributes.get("BioPlexManagerVersion", ""),
        "filename": root.text_of("NativeDocumentName"),
        "plateid": well.text_of("PlateID"),
        "acquisitiondate": well.text_of("AcquisitionTime") or root.attributes.get("XmlExportDateTime", ""),
        "readerserialnumber": well.text_of("MachineInfo", "SerialNumber"),
        "user": well.text_of("User"),
    }
    return {key: Fact(well.line, key, value or None) for key, value in texts.items()}


def _account(root: Node, notes: Notes) -> list[Account]:
    account: dict[int, Account] = {}
    for node in root.children:
        if not node.children:
            continue
        is_consumed = node.tag in _CONSUMED
        note = f"not kept: {_DROPPED}" if node.tag == "Wells" else None
        if not is_consumed:
            notes.add(
                "block_ignored",
                f"element {node.tag}: {plural(len(node.children), 'child', 'children')} ignored",
                node.line,
            )
        entry = Account(node.tag, node.line, node.last_line, len(node.children), 1, is_consumed, note)
        account.setdefault(node.line, entry)
    return list(account.values())
