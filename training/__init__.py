"""How the models that our wheels carry were made. Nothing here is part of a wheel."""
