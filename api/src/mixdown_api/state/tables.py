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
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

DOCUMENT = JSON(none_as_null=True)
NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""A key that counts up by itself; SQLite does that for its INTEGER alone."""

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

# A dataset without a name is still being written, and seen by nobody.
datasets = Table(
    "datasets",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("name", String(64), unique=True),
    Column("role", String(16), nullable=False),
    Column("last_paired", BigInteger),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    CheckConstraint("role IN ('names', 'developers', 'scripts', 'custom')", name="role"),
)

# The digest stands for the text: PostgreSQL indexes no 10,000 characters.
items = Table(
    "items",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("dataset_id", BigInteger, ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    Column("text", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("enabled", Boolean, nullable=False, server_default=true()),
    Column("use_count", BigInteger, nullable=False, server_default="0"),
    Column("pair_count", BigInteger, nullable=False, server_default="0"),
    Column("last_used", Double),
    UniqueConstraint("dataset_id", "digest"),
    Index(None, "dataset_id", "enabled", "use_count", "id"),
    Index(None, "dataset_id", "enabled", "pair_count", "id"),
)

# Only pairs that have been dealt: all of names × developers may be billions.
pairs = Table(
    "pairs",
    metadata,
    Column("name_id", BigInteger, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("developer_id", BigInteger, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("use_count", BigInteger, nullable=False),
    Column("last_used", Double, nullable=False),
    Index(None, "developer_id"),
)

claims = Table(
    "claims",
    metadata,
    Column("id", String(255), primary_key=True),
    Column("item_id", BigInteger, ForeignKey("items.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("partner_id", BigInteger, ForeignKey("items.id", ondelete="CASCADE"), index=True),
    Column("item_before", Double),
    Column("partner_before", Double),
    Column("claimed_at", Double, nullable=False, index=True),
)

stems = Table(
    "stems",
    metadata,
    Column("label", String(300), primary_key=True),
    Column("signature", String(128), primary_key=True, index=True),
    Column("category", String(32), nullable=False, index=True),
    Column("path", String(512), nullable=False),
    Column("text", Text, nullable=False),
    Column("file_id", String(64), ForeignKey("files.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("voice_id", String(255), nullable=False),
    Column("model_id", String(255)),
    Column("backend", String(255), nullable=False),
    Column("backend_version", String(255)),
    Column("cartesia_version", String(255)),
    Column("audio_format", String(32), nullable=False),
    Column("encoding", String(32), nullable=False),
    Column("container", String(32), nullable=False),
    Column("sample_rate", Integer, nullable=False),
    Column("generation_config", DOCUMENT),
    Column("duration_ms", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("last_used", Double, nullable=False, index=True),
    Column("use_count", BigInteger, nullable=False, server_default="0"),
    Column("expires_at", Double, index=True),
)

__all__ = ["claims", "datasets", "files", "items", "jobs", "metadata", "pairs", "stems"]
