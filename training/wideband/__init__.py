"""What a narrow-band voice has above its own band, fitted on the teacher that has all of it."""
