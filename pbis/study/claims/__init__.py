"""Published claims as data, and what can be recomputed from each."""

from pbis.study.claims.check import Verdict, check_claims
from pbis.study.claims.load import Claim, ClaimList, load_claims

__all__ = ["Claim", "ClaimList", "Verdict", "check_claims", "load_claims"]
