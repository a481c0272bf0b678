"""Programs that a test runs beside the product."""
