"""Adds a role that is there already."""

from mixdown_kernel import Role, hookimpl


@hookimpl
def roles():
    return [Role("synthesis", object)]
