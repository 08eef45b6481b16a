"""``make listen``: every instrument applied to all that ships, on a page of figures, plots and sound."""
