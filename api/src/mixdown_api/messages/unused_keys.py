"""Hosted voices that could speak and are not asked to: whoever has set a key for one is told how.

A key alone changes no voice: the texts of every surface would go to somebody else's machine, and be paid for, because a
variable happened to be set.
"""

from __future__ import annotations

import json
import logging

from pydantic import SecretStr, ValidationError

from mixdown_kernel import Kernel
from mixdown_kernel.settings import backend_settings

log = logging.getLogger("mixdown.messages")


def tell_unused_keys(kernel: Kernel) -> None:
    """One line for each voice that has a key, and no place in ``[backends] synthesis``."""
    used = [running.name for running in kernel.backends.of("synthesis")]
    for name in kernel.registry.offers["synthesis"]:
        if name not in used and _has_key(kernel, name):
            order = json.dumps([name, *used])
            log.info(
                "a key for %s is set, but no text goes there: to let it speak, write `synthesis = %s` into [backends] of "
                "mixdown.toml, or set MIXDOWN_BACKENDS__SYNTHESIS='%s'",
                name, order, order,
            )  # fmt: skip


def _has_key(kernel: Kernel, name: str) -> bool:
    offer = kernel.registry.offers["synthesis"][name]
    try:
        settings = backend_settings(offer.backend.settings, name, kernel.config.plugins.get(name, {}))
    except ValidationError:
        return False
    return any(isinstance(value, SecretStr) and value.get_secret_value() for _, value in settings)
