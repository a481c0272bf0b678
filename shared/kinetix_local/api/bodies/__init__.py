"""Reading request bodies, forms and imported clips."""
