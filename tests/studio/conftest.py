"""A PostgreSQL for the tests of several services."""

from tests.support.postgres import postgres_url

__all__ = ["postgres_url"]
