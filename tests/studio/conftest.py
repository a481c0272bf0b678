"""A PostgreSQL for the tests of several services."""

from tests.support.services.postgres import postgres_url

__all__ = ["postgres_url"]
