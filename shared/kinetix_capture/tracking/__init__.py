"""Who is in the clip and where: the survey, one person followed through time, and what makes a clip unfit."""
