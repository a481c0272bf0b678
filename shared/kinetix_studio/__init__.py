"""Kinetix Local for a studio: machines that capture for it, object storage, PostgreSQL and retention."""
