"""From the public checkpoint to graphs: ``mixdown models convert s1-mini CHECKPOINT OUT``.

Writing graphs takes the extra ``convert``; speaking with them does not.
"""
