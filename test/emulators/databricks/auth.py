"""Who asks: personal access tokens, and OAuth for machines (a service principal's client id and secret).

docs.databricks.com/dev-tools/auth/oauth-m2m: POST /oidc/v1/token, HTTP Basic, grant_type=client_credentials, scope=all-apis; no
refresh token.  Tokens live for the run, in memory.
"""
import base64
import threading
import time
import urllib.parse
import uuid

from errors import Refused


class Users:
    def __init__(self):
        self.tokens, self.clients, self.lock = {}, {}, threading.Lock()
        self.issued = 0

    def grant(self, token, user, lifetime):
        with self.lock:
            self.tokens[token] = (user, time.time() + lifetime)

    def principal(self, client, secret, user, lifetime):
        self.clients[client] = (secret, user, lifetime)

    def expire(self):
        """Every token that OAuth has given ends now."""
        with self.lock:
            self.tokens = {t: (u, 0 if t.startswith("oauth-") else until) for t, (u, until) in self.tokens.items()}

    def check(self, header):
        """The user's name, or Refused."""
        kind, _, token = (header or "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise Refused("no_token")
        user, until = self.tokens.get(token.strip(), (None, 0))
        if user is None:
            raise Refused("token")
        if until <= time.time():
            raise Refused("token_expired")
        return user

    def exchange(self, header, body):
        """(HTTP status, answer) of POST /oidc/v1/token."""
        form = {k: v[-1] for k, v in urllib.parse.parse_qs(body.decode("utf-8", "replace")).items()}
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if (header or "").startswith("Basic "):
            try:
                client, _, secret = base64.b64decode(header[6:]).decode().partition(":")
            except ValueError:
                client = ""
            client, secret = urllib.parse.unquote(client), urllib.parse.unquote(secret)
        known = self.clients.get(client)
        if known is None or known[0] != secret:
            return 401, {"error": "invalid_client", "error_description": "Client authentication failed"}
        if form.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type", "error_description": "grant type not supported"}
        if "all-apis" not in form.get("scope", "").split():
            return 400, {"error": "invalid_scope", "error_description": "scope must contain all-apis"}
        token = "oauth-" + uuid.uuid4().hex
        self.issued += 1
        self.grant(token, known[1], known[2])
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": known[2], "scope": "all-apis"}
