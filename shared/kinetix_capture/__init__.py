"""Video to motion: one clip in, one emote on the mannequin out. Usable without the service (`kinetix capture`)."""
