"""Personalised messages: stems that are rendered once, templates that they are assembled by, and who comes next."""
