"""A server on loopback that keeps to Cartesia's contract and refuses whatever it does not allow.

`rules` is the contract as a table, `server` the service, `faults` what can be made to go wrong. The official SDK is
run against it in ``test_sdk.py``: what that accepts is as near to the service as can be had offline.
"""

from .faults import Fault
from .rules import RULES, SINCE_JSON_ERRORS, VERSIONS
from .server import Host, hosting
from .state import KEY, StandIn, voice_id

__all__ = ["KEY", "RULES", "SINCE_JSON_ERRORS", "VERSIONS", "Fault", "Host", "StandIn", "hosting", "voice_id"]
