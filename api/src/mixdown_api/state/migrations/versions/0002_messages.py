"""Datasets and their rotation, and the index of stems.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TAKE_TURN = """
CREATE OR REPLACE FUNCTION take_turn(dataset_name text, now double precision)
RETURNS TABLE (id bigint, text text, use_count bigint, last_used double precision)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    chosen bigint;
BEGIN
    SELECT datasets.id INTO chosen FROM datasets WHERE name = dataset_name FOR NO KEY UPDATE;
    RETURN QUERY
        UPDATE items SET use_count = items.use_count + 1, last_used = now
        WHERE items.id = (
            SELECT first.id FROM items AS first
            WHERE first.dataset_id = chosen AND first.enabled ORDER BY first.use_count, first.id LIMIT 1
        )
        RETURNING items.id, items.text, items.use_count, items.last_used;
END
$$
"""
"""One round trip: whoever locks the dataset and then asks for the item holds all others up in between. The lock is a
statement before the choice, which would else read what was before the lock was got."""

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _datasets()
    _turns()
    _stems()
    if op.get_context().dialect.name == "postgresql":
        op.execute(TAKE_TURN)


def _datasets() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.String(64)),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("last_paired", sa.BigInteger),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.CheckConstraint("role IN ('names', 'developers', 'scripts', 'custom')", name="ck_datasets_role"),
        sa.PrimaryKeyConstraint("id", name="pk_datasets"),
        sa.UniqueConstraint("name", name="uq_datasets_name"),
    )
    op.create_table(
        "items",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("dataset_id", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("use_count", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("pair_count", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("last_used", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
        sa.UniqueConstraint("dataset_id", "digest", name="uq_items_dataset_id_digest"),
        _belongs("items", "dataset_id", "datasets.id"),
    )
    for count in ("use_count", "pair_count"):
        columns = ["dataset_id", "enabled", count, "id"]
        op.create_index(f"ix_items_{'_'.join(columns)}", "items", columns)


def _turns() -> None:
    op.create_table(
        "pairs",
        sa.Column("name_id", sa.BigInteger, nullable=False),
        sa.Column("developer_id", sa.BigInteger, nullable=False),
        sa.Column("use_count", sa.BigInteger, nullable=False),
        sa.Column("last_used", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("name_id", "developer_id", name="pk_pairs"),
        _belongs("pairs", "name_id", "items.id"),
        _belongs("pairs", "developer_id", "items.id"),
    )
    op.create_index("ix_pairs_developer_id", "pairs", ["developer_id"])
    op.create_table(
        "claims",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("item_id", sa.BigInteger, nullable=False),
        sa.Column("partner_id", sa.BigInteger),
        sa.Column("item_before", sa.Double),
        sa.Column("partner_before", sa.Double),
        sa.Column("claimed_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_claims"),
        _belongs("claims", "item_id", "items.id"),
        _belongs("claims", "partner_id", "items.id"),
    )
    for column in ("item_id", "partner_id", "claimed_at"):
        op.create_index(f"ix_claims_{column}", "claims", [column])


def _stems() -> None:
    op.create_table(
        "stems",
        sa.Column("label", sa.String(300), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("path", sa.String(512), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("file_id", sa.String(64), nullable=False),
        sa.Column("voice_id", sa.String(255), nullable=False),
        sa.Column("model_id", sa.String(255)),
        sa.Column("backend", sa.String(255), nullable=False),
        sa.Column("backend_version", sa.String(255)),
        sa.Column("cartesia_version", sa.String(255)),
        sa.Column("audio_format", sa.String(32), nullable=False),
        sa.Column("encoding", sa.String(32), nullable=False),
        sa.Column("container", sa.String(32), nullable=False),
        sa.Column("sample_rate", sa.Integer, nullable=False),
        sa.Column("generation_config", sa.JSON),
        sa.Column("duration_ms", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("last_used", sa.Double, nullable=False),
        sa.Column("use_count", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("expires_at", sa.Double),
        sa.PrimaryKeyConstraint("label", "signature", name="pk_stems"),
        _belongs("stems", "file_id", "files.id"),
    )
    for column in ("signature", "category", "file_id", "last_used", "expires_at"):
        op.create_index(f"ix_stems_{column}", "stems", [column])


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_{table}_{column}", ondelete="CASCADE")
