"""From plugins to offers: pluggy validates and calls, and one broken plugin never stops the rest."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pluggy

from mixdown_kernel.backends import Backend, SynthesisBackend
from mixdown_kernel.hooks import NAMESPACE, HookSpecs, hookspec
from mixdown_kernel.inventory import Plugin, describe, refuse_other_version
from mixdown_kernel.roles import ROLES, Role

log = logging.getLogger("mixdown.plugins")


@dataclass(frozen=True)
class Offer:
    """A backend together with who offers it."""

    role: Role
    backend: Backend[Any]
    plugin: Plugin


class Registry:
    """Registers plugins and collects their roles and backends. Built once; afterwards it only calls hooks."""

    def __init__(self, plugins: Mapping[str, Plugin]) -> None:
        self._hooks = pluggy.PluginManager(NAMESPACE)
        self._hooks.add_hookspecs(HookSpecs)
        self.plugins = plugins
        self.roles = {role.name: role for role in ROLES}
        self.offers: dict[str, dict[str, Offer]] = {}
        loaded = [plugin for plugin in plugins.values() if plugin.state == "installed"]
        for plugin in loaded:
            self._register(plugin)
        for plugin in loaded:
            self._add_roles(plugin)
        for plugin in loaded:
            self._check(plugin)
        self.offers = {role: {} for role in self.roles}
        for plugin in loaded:
            self._collect(plugin)

    def _register(self, plugin: Plugin) -> None:
        refuse_other_version(plugin)
        if plugin.state != "installed":
            return
        try:
            hash(plugin.module)  # pluggy keeps plugins in sets
            self._hooks.register(plugin.module, plugin.name)
            plugin.state = "active"
        except Exception as error:
            self._drop(plugin, "register", error)

    def _add_roles(self, plugin: Plugin) -> None:
        for role in self._call(plugin, "roles"):
            if not isinstance(role, Role) or role.name in self.roles:
                self._drop(plugin, "offer", f"roles() gave {role!r}, which is no new Role")
                return
            self.roles[role.name] = role
            try:
                self._hooks.add_hookspecs(_specification(role))
            except pluggy.PluginValidationError as error:  # another plugin's hook does not fit the new role
                self._drop(
                    next(row for row in self.plugins.values() if row.module is error.plugin),
                    "register",
                    error,
                )

    def _check(self, plugin: Plugin) -> None:
        """Hooks that nobody specified are mistakes, unless the plugin marks them optional."""
        if plugin.state != "active":
            return
        for caller in self._hooks.get_hookcallers(plugin.module) or ():
            for hook in caller.get_hookimpls():
                if hook.plugin is plugin.module and not caller.has_spec() and not hook.optionalhook:
                    self._drop(plugin, "register", f"unknown hook {caller.name!r}")
                    return

    def _collect(self, plugin: Plugin) -> None:
        found: list[Offer] = []
        for role in self.roles.values():
            for backend in self._call(plugin, role.hook):
                problem = self._objection(role, backend, found)
                if problem:
                    self._drop(plugin, "offer", f"{role.hook}: {problem}")
                    return
                found.append(Offer(role, backend, plugin))
        if plugin.state != "active":
            return
        for offer in found:
            self.offers[offer.role.name][offer.backend.name] = offer
            plugin.offers.append((offer.role.name, offer.backend.name))

    def _objection(self, role: Role, backend: object, found: list[Offer]) -> str:
        if not isinstance(backend, Backend):
            return f"offered {backend!r}, which is no Backend"
        if role.name == "synthesis" and not isinstance(backend, SynthesisBackend):
            return f"offered {backend.name!r} as a Backend; voices are SynthesisBackend"
        if other := self.offers[role.name].get(backend.name):
            return f"backend {backend.name!r} is already offered by plugin {other.plugin.name!r}"
        if any(offer.role is role and offer.backend.name == backend.name for offer in found):
            return f"backend {backend.name!r} is offered twice"
        return ""

    def _call(self, plugin: Plugin, hook: str) -> list[Any]:
        """What one plugin alone answers, made into a list; a failure costs the plugin its place."""
        if plugin.state != "active":
            return []
        others = [other for other in self._hooks.get_plugins() if other is not plugin.module]
        try:
            return [item for batch in self._hooks.subset_hook_caller(hook, others)() for item in batch]
        except (Exception, SystemExit) as error:
            self._drop(plugin, "offer", error)
            return []

    def _drop(self, plugin: Plugin, stage: Any, error: BaseException | str) -> None:
        if self._hooks.has_plugin(plugin.name):
            self._hooks.unregister(name=plugin.name)
        plugin.fail(stage, error)
        log.warning("plugin %s failed (%s): %s", plugin.name, stage, plugin.error)

    def choose(self, role: str, request: object, candidates: tuple[str, ...]) -> tuple[str, ...]:
        """The candidates as a plugin's ``choose_backends`` orders them, or as they were."""
        try:
            chosen = self._hooks.hook.choose_backends(role=role, request=request, candidates=candidates)
            return candidates if chosen is None else tuple(name for name in chosen if name in candidates)
        except Exception as error:
            log.warning("choose_backends failed: %s", describe(error))
            return candidates

    def call(self, hook: str, **arguments: object) -> list[Any]:
        """Every plugin's answer to an optional hook of a facade (``http_routes``); failures are logged."""
        answers = []
        for plugin in [plugin for plugin in self.plugins.values() if plugin.state == "active"]:
            implementation = getattr(plugin.module, hook, None)
            if implementation is None or self._hooks.parse_hookimpl_opts(plugin.module, hook) is None:
                continue
            try:
                answers.append(implementation(**arguments))
            except Exception as error:
                plugin.fail("offer", error)
                log.warning("plugin %s failed in %s: %s", plugin.name, hook, plugin.error)
        return answers

    def observe(self, observer: object) -> None:
        self._hooks.register(observer)

    def notify(self, hook: str, **arguments: object) -> None:
        """Tell observers; one that raises is logged and passed over."""
        for implementation in getattr(self._hooks.hook, hook).get_hookimpls():
            try:
                implementation.function(*(arguments[name] for name in implementation.argnames))
            except Exception as error:
                log.warning("%s of plugin %s failed: %s", hook, implementation.plugin_name, describe(error))


def _specification(role: Role) -> type:
    """A hook specification for a role that came with a plugin."""

    def backends() -> Iterable[Backend[Any]]:
        raise NotImplementedError

    backends.__name__ = role.hook
    backends.__doc__ = f"Offer backends of the role {role.name!r}."
    return type(f"{role.name.title()}Spec", (), {role.hook: staticmethod(hookspec(backends))})
