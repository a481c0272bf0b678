"""Two to four clips of one take, filmed at once from several sides: brought together in time and space, and fitted as one."""
