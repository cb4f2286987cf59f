"""Who asks: key-pair tokens, programmatic access tokens, OAuth tokens, each verified.

docs.snowflake.com/developer-guide/sql-api/authenticating.  The signature is checked by openssl; it knows
nothing of how the token was made.  Users live for the run; nothing is written besides their public keys.
"""
import base64
import hashlib
import json
import os
import subprocess
import threading
import time

MAXIMUM = 3600


class Refused(Exception):
    """HTTP 401 (or 403) with that name of errors.tsv."""

    def __init__(self, name, word=""):
        super().__init__(name)
        self.name, self.word = name, word


def openssl(*words, data=None):
    done = subprocess.run(["openssl", *words], input=data, capture_output=True, check=False)
    return done.returncode, done.stdout


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def account_in_tokens(account):
    """The form in iss and sub: no region, upper case, no dots."""
    account = account.upper()
    if ".GLOBAL" in account:
        return account.split("-")[0]
    return account.split(".")[0]


class Users:
    def __init__(self, work, account):
        self.work, self.account = work, account_in_tokens(account)
        self.users, self.tokens, self.refresh, self.clients = {}, {}, {}, {}
        self.verified, self.lock, self.expired_until = {}, threading.Lock(), 0

    def add(self, name, public_pem=None, roles=("PUBLIC",), **defaults):
        user = {"name": name, "keys": [], "roles": set(roles), "disabled": False, "defaults": defaults}
        self.users[name] = user
        if public_pem:
            self.add_key(name, public_pem)
        return user

    def add_key(self, name, public_pem):
        """RSA_PUBLIC_KEY or RSA_PUBLIC_KEY_2; at most two, as documented."""
        status, der = openssl("pkey", "-pubin", "-outform", "DER", data=public_pem.encode())
        if status or not der:
            raise ValueError("no public key")
        printed = "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()
        path = os.path.join(self.work, "key_%s_%d.pem" % (name, time.monotonic_ns()))
        with open(path, "w", encoding="ascii") as file:
            file.write(public_pem)
        self.users[name]["keys"] = self.users[name]["keys"][-1:] + [(printed, path)]
        return printed

    def grant(self, kind, token, name, lifetime, role=None):
        """kind: PROGRAMMATIC_ACCESS_TOKEN or OAUTH; role is the only one the token may use."""
        self.tokens[token] = (kind, name, time.time() + lifetime, role)

    def check(self, header, kind):
        """(user, only role or None) of the headers Authorization and X-Snowflake-Authorization-Token-Type."""
        if not header.startswith("Bearer "):
            raise Refused("no_token")
        token = header[7:].strip()
        if kind and kind not in ("KEYPAIR_JWT", "OAUTH", "PROGRAMMATIC_ACCESS_TOKEN"):
            raise Refused("token_kind", kind)
        if token in self.tokens:
            found, name, until, role = self.tokens[token]
            if kind and kind != found:
                raise Refused("oauth_invalid" if kind == "OAUTH" else "jwt_invalid" if kind == "KEYPAIR_JWT" else "pat_invalid")
            if until <= time.time():
                raise Refused("oauth_expired" if found == "OAUTH" else "pat_expired")
            return self.user(name), role
        if kind == "OAUTH":
            raise Refused("oauth_invalid")
        if kind == "PROGRAMMATIC_ACCESS_TOKEN":
            raise Refused("pat_invalid")
        return self.user(self.jwt(token)), None

    def user(self, name):
        user = self.users.get(name)
        if user is None or user["disabled"]:
            raise Refused("user_unknown")
        return user

    def jwt(self, token):
        """The user's name; refused unless every rule of the document holds."""
        try:
            head, body, signature = token.split(".")
            header, claims, signed = json.loads(unpadded(head)), json.loads(unpadded(body)), unpadded(signature)
        except (ValueError, TypeError):
            raise Refused("jwt_invalid") from None
        if header.get("alg") != "RS256":
            raise Refused("jwt_invalid")
        issuer, subject = str(claims.get("iss", "")), str(claims.get("sub", ""))
        account, _, name = subject.partition(".")
        user = self.users.get(name)
        if account != self.account or user is None:
            raise Refused("jwt_invalid")
        keys = [path for printed, path in user["keys"] if issuer == "%s.%s.%s" % (account, name, printed)]
        if not keys or not self.signed(token, keys[0], (head + "." + body).encode(), signed):
            raise Refused("jwt_invalid")
        self.times(claims)
        return name

    def times(self, claims):
        """Seconds or milliseconds; whatever exp says, an hour after iat it is over."""
        try:
            issued, expires = float(claims["iat"]), float(claims["exp"])
        except (KeyError, TypeError, ValueError):
            raise Refused("jwt_invalid") from None
        issued, expires = (t / 1000 if t > 1e11 else t for t in (issued, expires))
        now = time.time()
        if issued > now + 60:
            raise Refused("jwt_invalid")
        if min(expires, issued + MAXIMUM) <= now:
            raise Refused("jwt_expired")

    def signed(self, token, path, text, signature):
        key = (token, path)
        if key not in self.verified:
            name = os.path.join(self.work, "signature_%d_%d" % (threading.get_ident(), time.monotonic_ns()))
            with open(name, "wb") as file:
                file.write(signature)
            status, _ = openssl("dgst", "-sha256", "-verify", path, "-signature", name, data=text)
            os.unlink(name)
            with self.lock:
                if len(self.verified) > 1000:
                    self.verified.clear()
                self.verified[key] = status == 0
        return self.verified[key]

    # ---- OAuth: docs.snowflake.com/user-guide/oauth-custom ----

    def exchange(self, basic, form):
        """(HTTP status, answer) of POST /oauth/token-request."""
        try:
            client, _, secret = base64.b64decode(basic[6:] if basic.startswith("Basic ") else "").decode().partition(":")
        except ValueError:
            client = secret = ""
        if self.clients.get(client) != secret or not client:
            return 401, {"error": "invalid_client", "message": "This is an invalid client.", "data": None, "success": False}
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") not in self.refresh:
            return 400, {"error": "invalid_grant", "message": "Invalid refresh token.", "data": None, "success": False}
        name, lifetime = self.refresh[form["refresh_token"]]
        token = "oauth-%s-%d" % (name, time.monotonic_ns())
        self.grant("OAUTH", token, name, lifetime)
        return 200, {"access_token": token, "expires_in": lifetime, "token_type": "Bearer", "username": name,
                     "idpInitiated": False, "scope": "refresh_token session:role:PUBLIC"}
