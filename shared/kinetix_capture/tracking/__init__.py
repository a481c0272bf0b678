"""People in the clip: the survey, one person tracked through time, and reasons to reject a clip."""
