"""The schema of 0.1.0: the tables of `store/tables.py`, which a new database gets at once. Later migrations start here."""

revision = "0001"
down_revision = None
