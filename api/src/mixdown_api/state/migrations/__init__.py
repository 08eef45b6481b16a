"""Alembic's environment and the migrations, applied by `mixdown_api.state.migrate` at every start."""
