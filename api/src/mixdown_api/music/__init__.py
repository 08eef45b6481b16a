"""Music by itself: on request, and apart."""
