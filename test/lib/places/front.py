"""A TLS server of any certificate before a port that speaks without TLS, for services over HTTP."""
import socket
import ssl
import threading


class Front:
    def __init__(self, behind, certificate, key):
        self.behind, self.context = behind, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.attend, args=(sock,), daemon=True).start()

    def attend(self, sock):
        try:
            sock.settimeout(120)
            near = self.context.wrap_socket(sock, server_side=True)
            far = socket.create_connection(("127.0.0.1", self.behind), timeout=120)
        except (OSError, ssl.SSLError):
            sock.close()
            return
        threading.Thread(target=pump, args=(far, near), daemon=True).start()
        pump(near, far)

    def stop(self):
        # What waits in accept() is only woken by this.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def pump(source, target):
    """Until one of them ends; then both do."""
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            target.sendall(data)
    except (OSError, ssl.SSLError):
        pass
    for sock in (source, target):
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
