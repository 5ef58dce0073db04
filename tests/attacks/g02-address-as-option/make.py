from repositories import make_repository


def source(folder, planted):
    script = folder / "pack"
    script.write_text(f"#!/bin/sh\ntouch {planted.markers}/pack\n")
    script.chmod(0o755)
    make_repository(planted.folder / "x", {"a.py": "1\n"})
    return f"--upload-pack={script} {planted.folder}/x"
