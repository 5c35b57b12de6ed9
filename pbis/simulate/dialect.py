"""How an export is spelled: instrument model, locale, delimiter, quoting, encoding, and what a spreadsheet does to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Locale:
    """Dates of a Windows locale. `day` and `clock` are strftime patterns; `pads` false drops leading zeros."""

    day: str
    clock: str
    pads: bool


LOCALES = {
    "409": Locale("%m/%d/%Y", "%I:%M:%S %p", False),  # en-US
    "809": Locale("%d/%m/%Y", "%H:%M:%S", True),  # en-GB
    "407": Locale("%d.%m.%Y", "%H:%M:%S", True),  # de-DE
    "40C": Locale("%d/%m/%Y", "%H:%M:%S", True),  # fr-FR
    "412": Locale("%Y-%m-%d", "%H:%M:%S", True),  # ko-KR
    "7F": Locale("%m/%d/%Y", "%H:%M:%S", True),  # invariant
}


@dataclass(frozen=True)
class CalibratorTable:
    """One CALInfo table; the cells between CalibrationTime and Result are the instrument's voltages and targets."""

    title: str
    columns: tuple[str, ...]
    values: tuple[str, ...]
    lot: str


@dataclass(frozen=True)
class InstrumentModel:
    """What differs between the instruments' headers."""

    program: str
    build: str
    calibration_title: str
    calibrations: tuple[str, ...]
    acquisition: tuple[tuple[str, str], ...]
    microsphere_map: str
    extra_protocol: tuple[tuple[str, str], ...]
    calibrators: tuple[CalibratorTable, ...]


LX200 = InstrumentModel(
    "LX100/LX200",
    "3.1.871.0",
    "Most Recent Calibration and Control Results:",
    (
        "Last MagCAL1 Calibration",
        "Last CAL2 Calibration",
        "Last MagCON1 Verification",
        "Last CON2 Verification",
    ),
    (("SampleVolume", "{volume}"), ("DDGate", "7500 to 20000"), ("SampleTimeout", "120 sec")),
    "100 regions",
    (),
    (
        CalibratorTable(
            "Classification Calibrator Magnetic",
            ("DDTemp", "CL1Temp", "CL2Temp", "DDVolts", "CL1Volts", "CL2Volts", "DDRVal", "CL1RVal", "CL2RVal"),
            ("24.1", "24.1", "24.45", "45.2", "92.15", "93.4", "286", "996", "1174"),
            "C41207",
        ),
        CalibratorTable(
            "Reporter Calibrator",
            ("RP1(1)Volts", "RP1(1)Val", "RP1(2)Volts", "RP1(2)Val"),
            ("571.3", "3751.6", "709.25", "17034.2"),
            "C41188",
        ),
    ),
)

MAGPIX = InstrumentModel(
    "MAGPIX",
    "4.2.1705.0",
    "Most Recent Calibration and Verification Results:",
    ("Last CAL Calibration", "Last VER Verification", "Last Fluidics Test"),
    (("SampleWash", "Off"), ("SampleVolume", "{volume}")),
    "BP 50 regions",
    (),
    (
        CalibratorTable(
            "Calibrator",
            ("CL1Temp", "CL2Temp", "RP1LongTemp", "CL1Current", "CL2Current", "RP1LongCurrent", "CL1Factor"),
            ("26.2", "26.2", "26.2", "249", "281", "350", "0.00698"),
            "C52231",
        ),
    ),
)

FLEXMAP3D = InstrumentModel(
    "FlexMAP 3D",
    "4.3.229.0",
    "Most Recent Calibration and Verification Results:",
    ("Last F3DeCAL1 Calibration", "Last F3DCAL2 Calibration", "Last F3DeVER1 Verification", "Last Fluidics Test"),
    (("SampleVolume", "{volume}"), ("DDGate", "5000 to 25000"), ("SampleTimeout", "0 sec")),
    "FlexMAP 3D Map",
    (("ProtocolReporterGain", "Standard PMT"),),
    (
        CalibratorTable(
            "Classification Calibrator Extended",
            ("DDTemp", "CL1Temp", "CL2Temp", "CL3Temp", "DDVolts", "CL1Volts", "DDRVal", "CL1RVal"),
            ("23.6", "24.2", "24.2", "24.05", "76.1", "105.8", "531", "1063"),
            "C60319",
        ),
        CalibratorTable("Reporter Calibrator", ("RP1Volts", "RP1Val"), ("726.4", "15502"), "C60325"),
    ),
)


@dataclass(frozen=True)
class Dialect:
    """One way of writing an export. The default is an untouched file of an LX200 in a US locale.

    quoting: "all" or "minimal". padding: rows widened to equal length. is_resaved: opened and saved by a spreadsheet:
    unquoted, padded, two-digit years, seconds lost, long decimals cut; the CRC footer stays and no longer matches.
    crc: "match", "mismatch" or "absent". numbering: "column" or "row", the order of wells and of their index.
    has_thousands: numbers from 1000 grouped (inside quotes where the delimiter would split them).
    """

    model: InstrumentModel = LX200
    country_code: str = "409"
    delimiter: str = ","
    decimal_mark: str = "."
    quoting: str = "all"
    padding: bool = False
    encoding: str = "ascii"
    line_ending: str = "\r\n"
    numbering: str = "column"
    has_thousands: bool = False
    is_resaved: bool = False
    crc: str = "match"
    skipped_blocks: frozenset[str] = frozenset()

    @property
    def locale(self) -> Locale:
        return LOCALES[self.country_code]

    def day(self, on: date) -> str:
        """Zero-padded date, as the Date and expiry cells have it."""
        return on.strftime(self.locale.day)

    def clock(self, at: datetime) -> str:
        """Time without seconds, as the Date row has it."""
        return _unpad(at.strftime(self.locale.clock.replace(":%S", "")), self.locale.pads)

    def moment(self, at: datetime) -> str:
        """Date and time as BatchStartTime has them."""
        text = at.strftime(self.locale.day) if self.locale.pads else f"{at.month}/{at.day}/{at.year}"
        return f"{text} {_unpad(at.strftime(self.locale.clock), self.locale.pads)}"

    def calibration_moment(self, at: datetime) -> str:
        """The calibration lines: the locale's padded date with a 24-hour clock."""
        return f"{self.day(at)} {at:%H:%M:%S}"


def _unpad(text: str, is_padded: bool) -> str:
    return text if is_padded else text.removeprefix("0")


UNTOUCHED = Dialect()
RESAVED = Dialect(quoting="minimal", padding=True, is_resaved=True, encoding="utf-8-sig")
EUROPEAN = Dialect(country_code="407", delimiter=";", decimal_mark=",", encoding="cp1252")
UNICODE = Dialect(country_code="407", delimiter="\t", decimal_mark=",", quoting="minimal", encoding="utf-16")
