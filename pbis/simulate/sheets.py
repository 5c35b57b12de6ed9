"""What the bench writes beside an export: the layout of a plate and the lot sheet of its kit, as text."""

from __future__ import annotations

from pbis.simulate.model import SimulatedPlate

LAYOUT_HEADER = "plate,well,role,specimen,label,dilution"


def layout_text(plate: SimulatedPlate) -> str:
    """The plate's layout as CSV, a line a well; a dilution that nobody wrote is an empty cell."""
    wells, name = plate.wells, plate.header.batch
    columns = (wells.name, wells.role, wells.specimen, wells.reagent, wells.dilution)
    rows = [[name, *("" if cell is None else str(cell) for cell in row)] for row in zip(*columns, strict=True)]
    return "\n".join([LAYOUT_HEADER, *map(",".join, rows), ""])


def kit_sheet(plate: SimulatedPlate, *facts: str) -> str:
    """The plate's kit as a sheet: an analyte a row, expected concentrations and control ranges as columns; `facts` are its first lines."""
    kit = plate.reagents
    heads = [*kit.standards, *(f"{name}{part}" for name in kit.controls for part in ("", " Low", " High"))]
    lines = [*facts, ",".join(["Analyte", "Unit", *heads])]
    for j, analyte in enumerate(plate.analytes):
        controls = zip(kit.control_expected[:, j], kit.control_low[:, j], kit.control_high[:, j], strict=True)
        values = [*kit.expected[:, j].tolist(), *(float(value) for three in controls for value in three)]
        lines.append(",".join([analyte.name, analyte.unit, *map(repr, values)]))
    return "\n".join(lines) + "\n"
