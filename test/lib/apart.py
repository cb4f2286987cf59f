"""The same script once for each platform, a few at a time, with the output of each in one piece.

For suites that mostly wait: each child has worlds of its own.
"""
import concurrent.futures
import re
import subprocess
import sys


def run(names, jobs, arguments):
    """Starts this script with "--platform NAME" for each; yields (name, exit status, lines) as they end."""
    def one(name):
        done = subprocess.run([sys.executable, "-B", sys.argv[0], *arguments, "--platform", name], capture_output=True,
                              text=True, encoding="utf-8", errors="replace", check=False)
        return name, done.returncode, (done.stdout + done.stderr).splitlines()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for future in concurrent.futures.as_completed([pool.submit(one, name) for name in names]):
            yield future.result()


def take(lines, pattern):
    """The numbers of the line of that pattern, which is taken out of lines; None without one."""
    for i in range(len(lines) - 1, -1, -1):
        found = re.match(pattern, lines[i])
        if found:
            del lines[i]
            return [int(n) for n in found.groups()]
    return None
