from harness.attack_file import FOLDER


def files(planted):
    """The search of the attack that ships, for the own tests to use."""
    return {"look.py": (FOLDER / "t17-hidden-tests-read" / "files" / "look.py").read_bytes()}
