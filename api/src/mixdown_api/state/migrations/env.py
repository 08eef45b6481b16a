"""Alembic runs this for every command; the connection, inside its transaction, comes from `migrate`."""

from alembic import context

from mixdown_api.state.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
