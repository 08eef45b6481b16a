"""How sound is judged without ears: one instrument a file. `make listen` applies them to all that ships."""
