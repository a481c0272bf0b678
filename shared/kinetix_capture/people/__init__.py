"""Several people in one clip."""
