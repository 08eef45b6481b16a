"""The routes of the personalised-message surface, at the paths of its contract."""

from mixdown_api.messages.routes.assemble import router as assemble
from mixdown_api.messages.routes.batch import router as batch
from mixdown_api.messages.routes.cache import router as cache
from mixdown_api.messages.routes.external import router as external
from mixdown_api.messages.routes.generate import router as generate
from mixdown_api.messages.routes.integrity import router as integrity
from mixdown_api.messages.routes.rotation import router as rotation
from mixdown_api.messages.routes.service import router as service

ROUTERS = (generate, assemble, rotation, batch, cache, external, integrity, service)
