"""PRELOGIN and LOGIN7.  [MS-TDS] 2.2.6.4, 2.2.6.5, 3.3.5."""
import struct

import tokens
from errors import SqlError
from wire import LOGIN7, PRELOGIN, Gone

VERSIONS = {0x74000004: 0x74000004, 0x730B0003: 0x730B0003, 0x730A0003: 0x730A0003, 0x72090002: 0x72090002}
OFF, ON, NOT_SUPPORTED, REQUIRED = 0, 1, 2, 3
BUILD = bytes([16, 0, 0x10, 0x27])


class Login:
    def __init__(self, data):
        self.version, self.packet_size = struct.unpack_from("<II", data, 4)
        self.flags2 = data[25]
        self.user, self.password, self.app, self.database = (
            self.field(data, at) for at in (40, 44, 48, 68))
        raw = struct.unpack_from("<HH", data, 44)
        hidden = data[raw[0]:raw[0] + 2 * raw[1]]
        # Each byte: its halves exchanged, then turned by 0xA5.
        self.password = bytes(((b ^ 0xA5) >> 4 | (b ^ 0xA5) << 4) & 255 for b in hidden).decode("utf-16-le", "replace")
        self.sspi = struct.unpack_from("<H", data, 80)[0]

    @staticmethod
    def field(data, at):
        offset, size = struct.unpack_from("<HH", data, at)
        return data[offset:offset + 2 * size].decode("utf-16-le", "replace")


def prelogin_options(data):
    out, at = {}, 0
    while at < len(data) and data[at] != 0xFF:
        token, offset, size = struct.unpack_from(">BHH", data, at)
        out[token] = data[offset:offset + size]
        at += 5
    return out


def negotiate(channel, server, data):
    """Answers PRELOGIN and begins TLS where both sides have it; whether it ends after the login."""
    wanted = prelogin_options(data).get(1, bytes([NOT_SUPPORTED]))[0]
    context = server.tls()
    have = context is not None
    if not have:
        answer = NOT_SUPPORTED
    elif server.encrypt_all:
        answer = REQUIRED if wanted in (OFF, NOT_SUPPORTED) else ON
    else:
        answer = {OFF: OFF, ON: ON, REQUIRED: ON}.get(wanted, NOT_SUPPORTED)
    if have and server.orders.take("login_only"):
        answer = OFF
    body = [(0, BUILD + b"\0\0"), (1, bytes([answer])), (2, b"\0"), (3, b""), (4, b"\0")]
    head, payload = b"", b""
    start = 5 * len(body) + 1
    for token, value in body:
        head += struct.pack(">BHH", token, start + len(payload), len(value))
        payload += value
    channel.send(head + b"\xff" + payload)
    if wanted in (ON, REQUIRED) and not have or answer == NOT_SUPPORTED:
        return False
    channel.start_tls(context)
    return answer == OFF


def accept(channel, server):
    """The login of a connection: a Login, or None where it was refused."""
    kind, _, data, _ = channel.message()
    login_only = False
    if kind == PRELOGIN:
        login_only = negotiate(channel, server, data)
        kind, _, data, _ = channel.message()
    if kind != LOGIN7:
        raise Gone()
    login = Login(data)
    if login_only:
        channel.stop_tls()
    error = refusal(server, login)
    if error is not None:
        channel.send(tokens.message(0xAA, error.number, error.state, error.level, error.text, server.name)
                     + tokens.done(tokens.DONE, tokens.ERROR))
        return None
    return login


def refusal(server, login):
    order = server.orders.take("refuse", login.user)
    if order:
        return SqlError(order["number"], login.user, text=order.get("text"), level=order.get("level"))
    if login.version not in VERSIONS:
        return SqlError(18456, login.user, text="The emulator speaks TDS 7.2 to 7.4 only, not 0x%08x." % login.version)
    if login.sspi or server.logins.get(login.user) != login.password:
        return SqlError(18456, login.user)
    if login.database and server.database(login.database) is None:
        return SqlError(4060, login.database)
    return None


def welcome(session, login):
    """The answer to a login that is good."""
    size = min(max(login.packet_size or 4096, 512), 32767)
    server = session.server
    out = tokens.env_text(1, session.database, "master")
    out += tokens.message(0xAB, 5701, 2, 0, "Changed database context to '%s'." % session.database, server.name)
    out += tokens.envchange(7, b"\x05" + bytes([9, 4, 0xD0, 0, 0x34]), b"\0")
    out += tokens.env_text(2, "us_english", "")
    out += tokens.message(0xAB, 5703, 1, 0, "Changed language setting to us_english.", server.name)
    out += tokens.login_ack(VERSIONS[login.version], "Microsoft SQL Server", BUILD)
    out += tokens.env_text(4, str(size), "4096")
    out += tokens.done(tokens.DONE)
    session.channel.send(out)
    session.channel.size = size
