"""How the service is: health, readiness, plugins."""
