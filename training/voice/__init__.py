"""The voices of the family ``mixdown``: taught by engines of the nineties' kind, written by ``make train-voice``."""
