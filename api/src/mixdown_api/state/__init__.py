"""What the service remembers: tables, migrations, and the connection to SQLite or PostgreSQL."""

from mixdown_api.state.database import State, database_url

__all__ = ["State", "database_url"]
