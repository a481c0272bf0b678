"""Alembic's environment: the caller gives the connection, there is no ini file."""

from __future__ import annotations

from alembic import context

from kinetix_local.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
