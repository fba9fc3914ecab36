"""Servers that see a machine of their own: another DNS, further users, programs that are unpacked
and not installed. A mount namespace with layers over the machine's folders, and its network."""

import os
import pathlib
import shlex
import subprocess

# Debian's mail servers exclude each other; unpacked they do not.
UNPACKED = ("exim4-base", "exim4-daemon-light", "opensmtpd")
USERS = ("Debian-exim", "opensmtpd", "opensmtpq", "vmail")
FIRST_ID = 64900


def unpack(folder):
    """The programs of UNPACKED below a folder, made once."""
    folder = pathlib.Path(folder)
    root = folder / "root"
    if not root.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = folder / "making"
        subprocess.run(["apt-get", "download", "-q", *UNPACKED], cwd=folder, check=True,
                       capture_output=True, timeout=300)
        for package in folder.glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, made], check=True, timeout=60)
        made.rename(root)
    return root


class Jail:
    """Where one server lives: `root/etc` and `root/usr` lie over the machine's, what is written to
    /var comes into `state/var`."""

    def __init__(self, state, unpacked, resolv_conf):
        self.state = pathlib.Path(state)
        self.etc = self.state / "etc"
        self.unpacked = pathlib.Path(unpacked)
        for name in ("etc", "var", "work"):
            (self.state / name).mkdir(parents=True)
        self.state.chmod(0o755)
        (self.etc / "resolv.conf").write_bytes(pathlib.Path(resolv_conf).read_bytes())
        for name, fields in (("passwd", "x:{0}:{0}::/nonexistent:/usr/sbin/nologin"),
                             ("group", "x:{0}:")):
            known = pathlib.Path("/etc", name).read_text()
            (self.etc / name).write_text(known + "".join(
                f"{user}:{fields.format(FIRST_ID + number)}\n" for number, user in enumerate(USERS)
                if f"\n{user}:" not in known))

    def command(self, *arguments):
        """The command line that runs a program inside, and becomes it."""
        layers = [("etc", f"lowerdir={self.etc}:/etc"),
                  ("usr", f"lowerdir={self.unpacked}/usr:/usr"),
                  ("var", f"lowerdir=/var,upperdir={self.state}/var,workdir={self.state}/work")]
        mounts = " && ".join(f"mount -t overlay overlay -o {shlex.quote(options)} /{folder}"
                             for folder, options in layers)
        return ["unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh",
                *map(str, arguments)]

    def start(self, log, *arguments):
        # Debian's locale and the tests' settings are nothing to servers.
        return subprocess.Popen(self.command(*arguments), stdin=subprocess.DEVNULL, stdout=log,
                                stderr=log, env={"PATH": os.environ["PATH"]}, cwd="/")
