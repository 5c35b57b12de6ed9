"""An OpenID provider on loopback, as a process of its own: it checks its client, the code and the verifier, and signs what it says.

Run with the client's secret; it prints its address. Who signs in, and what is wrong with its answer, the test says by /next.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

KEY, OTHER = (ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"}) for _ in range(2))
CODES: dict[str, dict[str, str]] = {}
NEXT: dict[str, Any] = {}
ISSUER: list[str] = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path, asked = urlsplit(self.path).path, {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        if path == "/.well-known/openid-configuration":
            named = {name: f"{ISSUER[0]}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            self._json({"issuer": NEXT.get("issuer", ISSUER[0]), **named})
        elif path == "/jwks_uri":
            self._json({"keys": [KEY.as_dict(private=False)]})
        elif path == "/next":
            NEXT.clear()
            NEXT.update(json.loads(asked["say"]))
            self._json({})
        else:
            self._authorize(asked)

    def _authorize(self, asked: dict[str, str]) -> None:
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_hex(8)
        CODES[code] = asked
        self.send_response(302)
        self.send_header("Location", asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]}))
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        told = {name: values[0] for name, values in parse_qs(body).items()}
        asked = CODES.pop(told.get("code", ""), None)
        client = base64.b64encode(f"desk:{sys.argv[1]}".encode()).decode()
        digest = hashlib.sha256(told.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or self.headers["Authorization"] != f"Basic {client}" or challenge != asked["code_challenge"]:
            self._json({"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        own = {"iss": ISSUER[0], "aud": "desk", "sub": "42", "nonce": asked["nonce"], "iat": now, "exp": now + 300}
        claims = {name: value for name, value in (own | NEXT.get("claims", {})).items() if value is not None}
        key = OTHER if NEXT.get("key") == "other" else KEY
        token = jwt.encode({"alg": "ES256", "kid": "one"}, claims, key)
        if NEXT.get("key") == "none":
            head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
            token = f"{head}.{token.split('.')[1]}."
        self._json({"access_token": "opaque", "token_type": "Bearer", "id_token": token})

    def _json(self, told: Any, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_: Any) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ISSUER.append(f"http://127.0.0.1:{server.server_port}")
    print(ISSUER[0], flush=True)
    server.serve_forever()
