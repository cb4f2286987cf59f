"""Runs a command that sees a small tmpfs at DIRECTORY: tiny_disk.py DIRECTORY SIZE COMMAND...

Started inside a mount namespace ("unshare --mount"), by root or with the rights that an ordinary user
has in a user namespace; those rights end here.
"""
import ctypes
import os
import sys

PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
MS_NOSUID, MS_NODEV = 2, 4


def main():
    directory, size, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    libc = ctypes.CDLL(None, use_errno=True)
    owner = os.stat(directory)
    options = "size=%s,mode=0700,uid=%d,gid=%d" % (size, owner.st_uid, owner.st_gid)
    if libc.mount(b"tmpfs", directory.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, options.encode()) != 0:
        sys.exit("tmpfs: " + os.strerror(ctypes.get_errno()))
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    os.execvp(command[0], command)


main()
