"""Units of measure: how they are written, and their names for one and for many."""

from __future__ import annotations

import re

_TABLE = """
km, kms: kilometer
m: meter
dm: decimeter
cm: centimeter
mm: millimeter
µm, μm: micrometer
nm: nanometer
mi: mile
nmi: nautical mile
yd, yds: yard
ft: foot|feet
in.: inch|inches
ly: light year
kg, kgs: kilogram
g: gram
mg: milligram
µg, μg, mcg: microgram
lb, lbs: pound
oz: ounce
st: stone|stone
l, L: liter
ml, mL: milliliter
cl: centiliter
dl, dL: deciliter
hl: hectoliter
µL, μL: microliter
fl oz, fl. oz: fluid ounce
gal: gallon
qt: quart
pt: pint
tsp, Tsp: teaspoon
tbsp, Tbsp: tablespoon
cc: cubic centimeter
s, sec, secs: second
ms: millisecond
µs, μs: microsecond
ns: nanosecond
min, mins: minute
h, hr, hrs: hour
wk, wks: week
mo, mos: month
yr, yrs: year
kB, KB: kilobyte
MB: megabyte
GB: gigabyte
TB: terabyte
PB: petabyte
KiB: kibibyte
MiB: mebibyte
GiB: gibibyte
TiB: tebibyte
Kb, kbit: kilobit
Mb, Mbit: megabit
Gb, Gbit: gigabit
kbps, Kbps: kilobit per second|kilobits per second
Mbps: megabit per second|megabits per second
Gbps: gigabit per second|gigabits per second
fps: frame per second|frames per second
rpm, RPM: revolution per minute|revolutions per minute
bpm, BPM: beat per minute|beats per minute
wpm: word per minute|words per minute
mph, MPH: mile per hour|miles per hour
kph, kmh: kilometer per hour|kilometers per hour
mpg: mile per gallon|miles per gallon
dpi: dot per inch|dots per inch
ppi: pixel per inch|pixels per inch
ppm: part per million|parts per million
psi: pound per square inch|pounds per square inch
Hz: hertz|hertz
kHz: kilohertz|kilohertz
MHz: megahertz|megahertz
GHz: gigahertz|gigahertz
THz: terahertz|terahertz
W: watt
kW: kilowatt
MW: megawatt
GW: gigawatt
Wh: watt hour
kWh: kilowatt hour
MWh: megawatt hour
GWh: gigawatt hour
TWh: terawatt hour
hp: horsepower|horsepower
V: volt
kV: kilovolt
mV: millivolt
mA: milliamp
mAh: milliamp hour
Ah: amp hour
Ω: ohm
kΩ: kilohm
MΩ: megohm
dB: decibel
dBA: decibel A|decibels A
lm: lumen
lx: lux|lux
Pa: pascal
hPa: hectopascal
kPa: kilopascal
MPa: megapascal
mbar: millibar
kN: kilonewton
Nm: newton meter
kJ: kilojoule
MJ: megajoule
cal: calorie
kcal: kilocalorie
eV: electronvolt
px: pixel
MP: megapixel
ha: hectare
ac: acre
sqft, sq ft, sq. ft: square foot|square feet
sq mi: square mile
sq m: square meter
sq km: square kilometer
mol: mole
K: kelvin|kelvins
°K: kelvin|kelvins
°C, ° C, ℃: degree Celsius|degrees Celsius
°F, ° F, ℉: degree Fahrenheit|degrees Fahrenheit
°: degree
bps: basis point
"""


def _table() -> dict[str, tuple[str, str]]:
    units = {}
    for line in _TABLE.strip().splitlines():
        symbols, names = line.split(": ")
        one, _, many = names.partition("|")
        for symbol in symbols.split(", "):
            units[symbol] = (one, many or f"{one}s")
    return units


UNITS = _table()
POWERS = {"²": "square", "2": "square", "³": "cubic", "3": "cubic"}

PER_NAMES = {symbol: one for symbol, (one, _) in UNITS.items() if symbol.isalpha() or " " in symbol} | {
    "hour": "hour", "month": "month", "year": "year", "day": "day", "d": "day", "week": "week", "person": "person",
    "pp": "person", "unit": "unit", "night": "night", "seat": "seat", "user": "user", "each": "each", "dozen": "dozen",
    "pack": "pack", "page": "page", "word": "word", "minute": "minute", "second": "second", "share": "share",
    "ticket": "ticket", "barrel": "barrel", "bbl": "barrel", "ton": "ton", "tonne": "tonne", "kilo": "kilo", "pound": "pound",
    "mile": "mile", "gallon": "gallon", "liter": "liter", "litre": "litre", "item": "item", "case": "case", "bottle": "bottle",
    "head": "head", "child": "child", "adult": "adult", "student": "student", "call": "call", "request": "request",
    "m²": "square meter", "m2": "square meter", "m³": "cubic meter", "m3": "cubic meter", "cm²": "square centimeter",
    "cm³": "cubic centimeter", "km²": "square kilometer", "ft²": "square foot", "s²": "second squared", "s2": "second squared", "s^2": "second squared",
    "in²": "square inch", "mm²": "square millimeter", "in": "inch", "A": "amp",
}  # fmt: skip
"""What may follow a slash: ``/mo``, ``/hour``, ``/m²``."""
PER = "|".join(re.escape(symbol) for symbol in sorted(PER_NAMES, key=len, reverse=True))
