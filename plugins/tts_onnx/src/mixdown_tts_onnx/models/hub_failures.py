"""What can go wrong between us and the Hub, in words that say how to go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mixdown_kernel import Kind, Problem
from mixdown_tts_onnx.models.catalogue import Entry


@contextmanager
def told(entry: Entry, endpoint: str) -> Iterator[None]:
    """Whatever goes wrong on the way, as a `Problem`."""
    from huggingface_hub import errors

    try:
        yield
    except Problem:
        raise
    except errors.GatedRepoError as error:
        raise _gated(entry) from error
    except errors.RepositoryNotFoundError as error:
        raise _gated(entry) if entry.gated else _not_found(entry, endpoint) from error
    except (errors.RevisionNotFoundError, errors.EntryNotFoundError) as error:
        raise _not_found(entry, endpoint) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        raise Problem(
            Kind.UPSTREAM,
            "hub_failed",
            f"{endpoint} answered {status} for {entry.repository}.",
            hint="Try again later: what has come is kept.",
        ) from error
    except OSError as error:
        if error.filename is not None:  # a disk's, not a network's
            raise
        raise _unreachable(endpoint, error) from error
    except Exception as error:  # the HTTP library of the Hub's client, which changes with its version
        if not type(error).__module__.startswith("httpx"):
            raise
        raise _unreachable(endpoint, error) from error


def _gated(entry: Entry) -> Problem:
    return Problem(
        Kind.FORBIDDEN,
        "gated_model",
        f"{entry.repository} is given only to those who accepted its licence ({entry.licence}).",
        hint=f"Accept it at {entry.source}, and give your token: `hf auth login`, or HF_TOKEN in the environment.",
    )


def _not_found(entry: Entry, endpoint: str) -> Problem:
    return Problem(
        Kind.NOT_FOUND,
        "no_repository",
        f"{endpoint} has no repository {entry.repository}, or not for you.",
        hint="Check the mirror; for a private one set HF_TOKEN.",
    )


def _unreachable(endpoint: str, error: BaseException) -> Problem:
    return Problem(
        Kind.UNAVAILABLE,
        "hub_unreachable",
        f"{endpoint} cannot be reached, or broke off ({type(error).__name__}).",
        hint="Run it again: what has come is kept. HF_ENDPOINT names a mirror; --offline uses the Hub's cache on this machine.",
    )
