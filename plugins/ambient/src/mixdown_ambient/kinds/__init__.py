"""The kinds that exist, one file for each family."""

from mixdown_ambient.kind import Kind
from mixdown_ambient.kinds.cafe import CAFE
from mixdown_ambient.kinds.city import CITY
from mixdown_ambient.kinds.fireplace import FIREPLACE
from mixdown_ambient.kinds.noise import BROWN_NOISE, PINK_NOISE, WHITE_NOISE
from mixdown_ambient.kinds.ocean import OCEAN
from mixdown_ambient.kinds.rain import RAIN
from mixdown_ambient.kinds.wind import WIND

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (RAIN, CAFE, CITY, WHITE_NOISE, PINK_NOISE, BROWN_NOISE, WIND, OCEAN, FIREPLACE)
}

__all__ = ["KINDS"]
