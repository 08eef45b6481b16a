"""The tables. A change here needs a migration; a test compares the two.

Times are seconds since the epoch. Documents are JSON as text (`JSON`, not `JSONB`, whose strings cannot hold
everything that a request's text can).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

DOCUMENT = JSON(none_as_null=True)

files = Table(
    "files",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("key", String(512), nullable=False, index=True),
    Column("media_type", String(255), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("signature", String(128), index=True),
    Column("duration_ms", BigInteger),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, index=True),
    Column("metadata", DOCUMENT, nullable=False),
    Column("owner", String(255)),
    Column("project", String(255)),
    Index(None, "kind", "created_at", "id"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("owner", String(255), nullable=False),
    Column("idempotency_key", String(255)),
    Column("state", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("input", DOCUMENT),
    Column("checkpoint", DOCUMENT),
    Column("progress", DOCUMENT, nullable=False),
    Column("result", DOCUMENT),
    Column("error", DOCUMENT),
    Column("attempts", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("cancel_requested", Boolean, nullable=False, server_default=false()),
    Column("worker", String(64)),
    Column("lease_until", Double),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("updated_at", Double, nullable=False),
    Column("finished_at", Double),
    CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="state"),
    UniqueConstraint("owner", "idempotency_key"),
    Index(None, "state", "priority", "created_at", "id"),
    Index(None, "created_at", "id"),
)

__all__ = ["files", "jobs", "metadata"]
