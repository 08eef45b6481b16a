from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mixdown_kernel import Problem, Script, TextRequest
from mixdown_text.front_end import FrontEnd
from mixdown_text.settings import TextSettings

Read = Callable[..., Script]
Refuse = Callable[..., Problem]


@pytest.fixture(scope="session")
def front_end() -> FrontEnd:
    return FrontEnd(TextSettings())


@pytest.fixture(scope="session")
def read(front_end: FrontEnd) -> Read:
    """The script of a text; further arguments are members of the request."""
    return lambda text, **members: front_end.script(TextRequest(text=text, **members))


@pytest.fixture(scope="session")
def spoken(read: Read) -> Callable[..., list[str]]:
    """What is spoken, utterance by utterance."""
    return lambda text, **members: [utterance.text for utterance in read(text, **members).utterances]


@pytest.fixture(scope="session")
def refuse(read: Read) -> Refuse:
    """The problem with which a text is refused."""

    def problem(text: str, **members: Any) -> Problem:
        with pytest.raises(Problem) as caught:
            read(text, **members)
        return caught.value

    return problem
