"""The routes of the personalised-message surface, at the paths of its contract."""

from mixdown_api.messages.routes.generate import router as generate

ROUTERS = (generate,)
