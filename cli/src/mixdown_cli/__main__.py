"""``python -m mixdown_cli``."""

from mixdown_cli.main import main

main(prog_name="mixdown")
