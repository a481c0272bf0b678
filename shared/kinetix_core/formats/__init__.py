"""Readers and writers of motion files. All input is hostile: sizes are checked before memory is taken. numpy only."""
