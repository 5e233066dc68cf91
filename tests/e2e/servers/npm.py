"""npm: what a test needs of it, by a lock file of its own, kept in build/."""
import shutil
import subprocess

from .process import TOP


def npm_modules(here, name):
    """Install what here/package-lock.json names into build/NAME, once for each lock file;
    the folder."""
    modules = TOP / "build" / name
    lock = (here / "package-lock.json").read_bytes()
    mark = modules / ".installed"
    if mark.exists() and mark.read_bytes() == lock:
        return modules
    modules.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(here / file, modules / file)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=modules,
                   check=True, timeout=300, stdin=subprocess.DEVNULL)
    mark.write_bytes(lock)
    return modules


__all__ = ["npm_modules"]
