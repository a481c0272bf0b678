"""Apply plans so that the project is complete at every moment."""
