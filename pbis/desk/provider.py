"""Signing in elsewhere: OpenID Connect with state, nonce and PKCE, at the one issuer that site.toml names.

Who the provider vouches for has here the role that its groups give; nothing of the provider's tokens is kept.
"""

from __future__ import annotations

import hmac
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from threading import Lock
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from pbis.config import ProviderSection, Site
from pbis.core.errors import ConfigError, PbisError, UsageError
from pbis.pipeline.account_store import hash_of, new_token
from pbis.pipeline.accounts import Role
from pbis.pipeline.kept_secret import is_trusted, read_secret

# Signed by the provider's key: neither `none` nor a secret that both sides share.
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_LASTS = timedelta(minutes=10)  # to sign in elsewhere
_MOST = 1000  # people who are on their way at once; the oldest is forgotten
_CLOCKS_DIFFER = 60  # seconds between the provider's clock and this one
_PATIENCE = 10.0  # seconds for an answer of the provider
_NAMED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderFailed(PbisError):
    """The provider does not answer, or not as it should."""


@dataclass(frozen=True)
class Vouched:
    """Whom the provider vouches for. key: issuer and subject, which never change; account and name may."""

    key: str
    account: str
    name: str
    role: Role


@dataclass(frozen=True)
class _Flow:
    state: str
    nonce: str
    verifier: str
    begun_at: datetime


class Provider:
    """One issuer. settings: of site.toml; secret: of the desk as its client; clock: in UTC."""

    def __init__(self, settings: ProviderSection, secret: str, clock: Callable[[], datetime]) -> None:
        self.settings, self._secret, self._clock = settings, secret, clock
        self._flows: dict[str, _Flow] = {}
        self._lock = Lock()

    def begin(self, back: str) -> tuple[str, str]:
        """Address to send the browser to, and the token that it keeps meanwhile. back: where the provider sends it afterwards."""
        token, flow = new_token(), _Flow(new_token(), new_token(), new_token(), self._clock())
        with self._lock:
            while len(self._flows) >= _MOST:
                del self._flows[next(iter(self._flows))]
            self._flows[hash_of(token)] = flow
        with self._client(back) as client:
            address, _ = client.create_authorization_url(
                self._described()["authorization_endpoint"],
                state=flow.state,
                nonce=flow.nonce,
                code_verifier=flow.verifier,
            )
        return str(address), token

    def finish(self, token: str, said: Mapping[str, str], back: str) -> Vouched:
        """Whom the provider vouches for. token: what the browser kept; said: what the provider sent it back with. UsageError where
        that was not begun here, is late, or gives no role; ProviderFailed where the provider's word cannot be checked."""
        with self._lock:
            flow = self._flows.pop(hash_of(token), None)
        if flow is None or not hmac.compare_digest(flow.state.encode(), said.get("state", "").encode()):
            raise UsageError("this sign-in was not begun in this browser, or was used already; begin again")
        if not timedelta(0) <= self._clock() - flow.begun_at <= _LASTS:
            raise UsageError("signing in took too long; begin again")
        if said.get("iss", self.settings.issuer) != self.settings.issuer or not said.get("code"):
            raise UsageError(f"{self.settings.title} did not sign you in; begin again, or ask its administrator")
        return self._vouched(self._claims(said["code"], flow, back))

    def _claims(self, code: str, flow: _Flow, back: str) -> Mapping[str, Any]:
        described = self._described()
        try:
            with self._client(back) as client:
                answer = client.fetch_token(described["token_endpoint"], code=code, code_verifier=flow.verifier)
            keys = KeySet.import_key_set({"keys": list(_fetched(described["jwks_uri"])["keys"])})
            told = jwt.decode(str(answer["id_token"]), keys, algorithms=_ALGORITHMS)
            wanted = {
                "iss": {"essential": True, "value": self.settings.issuer},
                "aud": {"essential": True, "value": self.settings.client_id},
            }
            checked = {"nonce": flow.nonce, "client_id": self.settings.client_id}
            claims = CodeIDToken(told.claims, told.header, wanted, checked)
            claims.validate(now=int(self._clock().timestamp()), leeway=_CLOCKS_DIFFER)
        except (AuthlibBaseError, JoseError, httpx.HTTPError, KeyError, ValueError) as error:
            raise ProviderFailed(
                f"{self.settings.title}: its answer cannot be trusted ({type(error).__name__}); nobody was signed in"
            ) from None
        return dict(told.claims)

    def _vouched(self, claims: Mapping[str, Any]) -> Vouched:
        groups = claims.get(self.settings.groups_claim, ())
        groups = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        found = {
            Role(self.settings.roles[each]) for each in groups if isinstance(each, str) and each in self.settings.roles
        }
        if not found:
            raise UsageError(
                f"{self.settings.title} puts you into no group that has a role at this desk ([desk.oidc] roles in site.toml)"
            )
        account = str(claims.get(self.settings.account_claim, "")).casefold()
        name = " ".join(str(claims.get(self.settings.name_claim) or account).split())
        role = max(found, key=list(Role).index)
        return Vouched(f"{self.settings.issuer} {claims['sub']}", account, name, role)

    def _client(self, back: str) -> OAuth2Client:
        told = self.settings
        return OAuth2Client(
            told.client_id,
            self._secret,
            scope=told.scope,
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=_PATIENCE,
            trust_env=False,
            verify=_trusted(),
        )

    def _described(self) -> Mapping[str, str]:
        """What the issuer says of itself. It is asked each time: its addresses may move, and people sign in once a day."""
        try:
            described = _fetched(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderFailed(f"{self.settings.title} does not answer ({type(error).__name__}); try again") from None
        is_whole = described.get("issuer") == self.settings.issuer and all(
            is_trusted(str(described.get(name, ""))) for name in _NAMED
        )
        if not is_whole:
            raise ProviderFailed(
                f"{self.settings.title}: it describes itself as another issuer, or by addresses without TLS"
            )
        return described


def provider_of(site: Site, clock: Callable[[], datetime]) -> Provider | None:
    """The provider that site.toml names. ConfigError where it is no https address, or its secret is missing or open to others."""
    told = site.file.desk.oidc
    if told is None:
        return None
    where = site.where("issuer", "desk.oidc")
    if not is_trusted(told.issuer):
        raise ConfigError(f"{where}: [desk.oidc] issuer: expected an https address, found {told.issuer!r}")
    if not told.roles:
        raise ConfigError(f"{where}: [desk.oidc] roles: expected a role for at least one group, found none")
    secret = read_secret(site.root / told.secret_file, "[desk.oidc] secret_file", "the client's secret")
    return Provider(told, secret, clock)


@cache
def _trusted() -> ssl.SSLContext:
    """The machine's certificates, which take a tenth of a second to read."""
    return ssl.create_default_context()


def _fetched(address: str) -> dict[str, Any]:
    answer = httpx.get(address, timeout=_PATIENCE, trust_env=False, verify=_trusted())
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found
