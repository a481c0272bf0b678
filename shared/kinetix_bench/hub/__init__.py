"""The hub's memory, answers and throughput."""
